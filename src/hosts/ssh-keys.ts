import { BednetError } from '../error.js'
import type { World } from '../world.js'
import type { SshSettings } from './ssh-config.js'
import { reasonOf } from './ssh-errors.js'
import { type KeyFile, readKeyFile } from './ssh-key-file.js'
import { BaseAgent, OpenSSHAgent, type ParsedKey } from './ssh2.js'

/** The keys to log in with, in the order ssh would try them. */
export interface KeyOffer {
  readonly identities: readonly Identity[]
  /** Why a key that could have been offered was not, for the message of a refused login. */
  readonly passedOver: readonly BednetError[]
}

interface Identity {
  /** `/home/ada/.ssh/id_ed25519`, `ada@laptop (agent)` */
  readonly label: string
  readonly key: ParsedKey
  readonly sign: (bytes: Buffer, hash: HashName | undefined) => Promise<Buffer>
}

type HashName = 'sha1' | 'sha256' | 'sha512'

/** Keys of the agent that the configuration names, the agent's others, then the files. */
export async function keyOffer(
  settings: SshSettings,
  asking: Pick<World, 'environment' | 'ask'>,
): Promise<KeyOffer> {
  const passedOver: BednetError[] = []
  const note = (error: unknown): undefined => {
    passedOver.push(asBednetError(error))
  }
  const agent = await agentIdentities(settings.agentSocket).catch(note)
  const files: KeyFile[] = []
  // One after the other, for each may ask for a passphrase.
  for (const path of settings.identityFiles) {
    const file = await readKeyFile(path, asking).catch(note)
    if (file !== undefined) files.push(file)
  }
  return { identities: inOrder(agent ?? [], files, settings.identitiesOnly), passedOver }
}

/** Offers public halves, and opens a private key only when the host says that it would take it. */
export class Keyring extends BaseAgent<ParsedKey> {
  readonly #identities: readonly Identity[]
  readonly #wait: <T>(answer: () => Promise<T>) => Promise<T>
  /** Why keys that the host would have taken could not sign. */
  readonly failures: BednetError[] = []

  /** `wait` runs what may wait for a person: a passphrase, a touch on a token. */
  constructor(identities: readonly Identity[], wait: <T>(answer: () => Promise<T>) => Promise<T>) {
    super()
    this.#identities = identities
    this.#wait = wait
  }

  override getIdentities(answer: (error: undefined, keys: ParsedKey[]) => void): void {
    answer(
      undefined,
      this.#identities.map(each => each.key),
    )
  }

  override sign(
    key: ParsedKey,
    bytes: Buffer,
    ...rest: readonly [SigningOptions | Signed, Signed?]
  ): void {
    const [first, second] = rest
    const answer = typeof first === 'function' ? first : second
    const hash = typeof first === 'function' ? undefined : first.hash
    const identity = this.#identities.find(each => each.key === key)
    if (identity === undefined || answer === undefined) return
    this.#wait(() => identity.sign(bytes, hash)).then(
      signature => {
        answer(null, signature)
      },
      (error: unknown) => {
        const failure = asBednetError(error)
        this.failures.push(failure)
        answer(failure)
      },
    )
  }
}

interface SigningOptions {
  readonly hash?: HashName
}

type Signed = (error?: Error | null, signature?: Buffer) => void

function inOrder(
  agent: readonly Identity[],
  files: readonly KeyFile[],
  identitiesOnly: boolean,
): readonly Identity[] {
  const same = (a: ParsedKey, b: ParsedKey): boolean => a.getPublicSSH().equals(b.getPublicSSH())
  const named = files.flatMap(file => agent.filter(each => same(each.key, file.publicKey)))
  const others = identitiesOnly ? [] : agent.filter(each => !named.includes(each))
  const unheld = files.filter(file => !agent.some(each => same(each.key, file.publicKey)))
  return [...named, ...others, ...unheld.flatMap(fileIdentity)]
}

function fileIdentity({ path, publicKey, open }: KeyFile): readonly Identity[] {
  if (open === undefined) return []
  const sign: Identity['sign'] = async (bytes, hash) => (await open()).sign(bytes, hash)
  return [{ label: path, key: publicKey, sign }]
}

async function agentIdentities(socket: string | undefined): Promise<readonly Identity[]> {
  if (socket === undefined || socket === '') return []
  const agent = new OpenSSHAgent(socket)
  const keys = await new Promise<readonly ParsedKey[]>((resolve, reject) => {
    agent.getIdentities((error, found) => {
      if (error) reject(error)
      else resolve((found ?? []).filter(isParsed))
    })
  })
  return keys.map(key => ({
    label: `${key.comment || key.type} (agent)`,
    key,
    sign: (bytes, hash) =>
      new Promise((resolve, reject) => {
        agent.sign(key, bytes, hash === undefined ? {} : { hash }, (error, signature) => {
          if (signature === undefined) reject(error ?? new Error('the agent did not sign'))
          else resolve(signature)
        })
      }),
  }))
}

function isParsed(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key
}

function asBednetError(error: unknown): BednetError {
  if (error instanceof BednetError) return error
  return new BednetError('KEY_UNREADABLE', reasonOf(error), {
    hint: 'look at "ssh-add -l" and at the files named by IdentityFile',
    cause: error,
  })
}
