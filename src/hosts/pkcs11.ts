import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from '../command.js'
import { BednetError } from '../error.js'
import { decode, nth } from '../pki/der.js'
import { curveKeyInfo } from '../pki/pair.js'
import type { RemoteKey } from '../pki/signature.js'
import type { Token } from '../profile/fleet.js'
import type { Secret } from '../secret.js'
import { withScratchFolder } from './scratch.js'
import { runTool, type ToolEnd } from './tools.js'

/** The curves whose keys a token is asked for; what it calls them. */
const curves = { p256: 'prime256v1', p384: 'secp384r1' } as const

export type TokenAlgorithm = keyof typeof curves

/** A token and what opens it. */
export interface TokenAccess {
  readonly token: Token
  readonly pin: Secret
  /** Modules find their own configuration by it. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * The key in a token that has this label; undefined where there is none. It signs there: what leaves
 * the token is its public half and its signatures.
 * @throws BednetError TOOL_MISSING without pkcs11-tool; SECRET_WRONG for another PIN;
 *   KEY_UNREADABLE for another failure, in the words of the module
 */
export async function tokenKey(access: TokenAccess): Promise<RemoteKey | undefined> {
  const { stdout } = await run(access, '--list-objects', '--type', 'pubkey')
  const publicKey = publicKeyIn(stdout, access.token.object)
  if (publicKey === undefined) return undefined
  let last: Promise<unknown> = Promise.resolve()
  return {
    publicKey,
    sign: async (content, digest) => {
      if (digest === null) throw new Error('a token signs with keys of curves that take a hash')
      const signed = last.then(async () => await sign(access, hash(digest, content, 'buffer')))
      // One after the other: some modules lose sight of their token where two ask at once.
      last = signed.catch(() => undefined)
      return await signed
    },
  }
}

/** Makes a key in the token, which cannot be taken out of it. */
export async function makeTokenKey(access: TokenAccess, algorithm: TokenAlgorithm): Promise<void> {
  const { object } = access.token
  // Signing asks for the key by its identifier, which is nothing to a person: it follows the label.
  const id = hash('sha1', object).slice(0, idDigits)
  await run(
    access,
    ...['--keypairgen', '--key-type', `EC:${curves[algorithm]}`],
    ...['--label', object, '--id', id, '--usage-sign', '--sensitive'],
  )
}

const idDigits = 16
const pinVariable = 'BEDNET_TOKEN_PIN'
/** A person may have to touch it. */
const limitMs = 60_000

async function sign(access: TokenAccess, digest: Buffer): Promise<Buffer> {
  return await withScratchFolder(async folder => {
    const [input, output] = [join(folder, 'digest'), join(folder, 'signature')]
    await writeFile(input, digest)
    await run(
      access,
      ...['--sign', '--mechanism', 'ECDSA', '--signature-format', 'openssl'],
      ...['--label', access.token.object, '--input-file', input, '--output-file', output],
    )
    return await readFile(output)
  })
}

async function run(access: TokenAccess, ...words: readonly string[]): Promise<ToolEnd> {
  const { token, pin, environment } = access
  const tool = command(
    'pkcs11-tool',
    ...['--module', token.module, '--token-label', token.token],
    // The variable's name stands in argv, and its value in an environment that only we can read.
    ...['--login', '--pin', `env:${pinVariable}`],
    ...words,
  )
  const end = await runTool(tool, {
    environment: { ...ofModules(environment), LC_ALL: 'C', [pinVariable]: pin.reveal() },
    limitMs,
  })
  if (end.code !== 0) throw failure(token, end)
  return end
}

/** PATH, HOME, and where modules have their configuration; nothing that others keep in there. */
function ofModules(environment: TokenAccess['environment']): Record<string, string> {
  const known = /^(PATH|HOME|XDG_\w+|\w*(PKCS11|HSM|P11|OPENSC)\w*)$/
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && known.test(name) ? [[name, value]] : [],
    ),
  )
}

function failure({ module, token }: Token, { stderr }: ToolEnd): BednetError {
  const at = `token "${token}"`
  if (/CKR_PIN_(INCORRECT|INVALID|LEN_RANGE)/.test(stderr)) {
    const hint = 'check the PIN: a token locks itself after a few wrong ones'
    return new BednetError('SECRET_WRONG', `the PIN does not open token "${token}"`, { at, hint })
  }
  const words = stderr
    .split('\n')
    .filter(line => !/^(Using |Aborting|$)/.test(line))
    .join('; ')
  return new BednetError('KEY_UNREADABLE', `token "${token}" does not do it: ${words}`, {
    at,
    hint: `see what it has with: pkcs11-tool --module ${module} --list-token-slots`,
  })
}

/**
 * What `pkcs11-tool --list-objects` prints of a public key: it reads some curves wrongly where it is
 * asked for the key itself (0.23), but shows the point and the curve of all.
 */
function publicKeyIn(listing: string, label: string): KeyObject | undefined {
  const [found] = listing
    .split(/^(?=\S)/m)
    .filter(object => object.startsWith('Public Key Object') && fieldOf(object, 'label') === label)
  if (found === undefined) return undefined
  const curve = fieldOf(found, 'EC_PARAMS')
  const point = fieldOf(found, 'EC_POINT')
  if (curve !== undefined && point !== undefined) {
    const bytes = nth(decode(Buffer.from(point, 'hex')), 0).content
    const key = curveKeyInfo(Buffer.from(curve, 'hex'), bytes)
    return createPublicKey({ key, format: 'der', type: 'spki' })
  }
  throw new BednetError('KEY_UNREADABLE', `the key "${label}" of the token is of no curve`, {
    hint: 'name another object, or one that is not there yet: it is made there',
  })
}

function fieldOf(object: string, name: string): string | undefined {
  return new RegExp(`^ +${name}: +(.*)$`, 'm').exec(object)?.[1]
}
