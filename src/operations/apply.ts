import { shellAssignments, shellLine } from '../command.js'
import { BednetError } from '../error.js'
import type { Host, HostEvent } from '../hosts/host.js'
import { certificateFacts } from '../pki/certificate.js'
import type { Content, Plan, Undoable } from '../plan/resource.js'
import type { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'
import type { VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { unsealed } from './holdings.js'
import { proofFiles } from './proof-files.js'
import type { Target } from './target.js'
import { readScript } from './templates.js'

/** What carrying out a plan takes besides the plan. */
interface ApplyInput {
  readonly target: Target
  readonly host: Host
  readonly vault: VaultReader
  readonly world: Pick<World, 'report'>
}

/**
 * Carries a plan out: one upload, one script that goes on alone if the connection dies.
 * @throws BednetError LOCK_HELD, or TRANSACTION_FAILED with what the host said; by then everything
 *   it touched has been put back
 */
export async function apply(plan: Plan, input: ApplyInput): Promise<void> {
  const files = {
    ...(await scripts('up')),
    ...undoables(plan.firewall.commands),
    settings: await settings(plan, input),
    ...(await generationFiles(plan, input)),
    ...(await proofFiles(input.target.fleet, input.vault)),
  }
  await perform(files, input)
}

/** Takes bednet's configuration and these rules off a host. */
export async function takeDown(
  commands: readonly Undoable[],
  input: Omit<ApplyInput, 'vault'>,
): Promise<void> {
  await perform({ ...(await scripts('down')), ...undoables(commands), settings: '' }, input)
}

type Files = Readonly<Record<string, string | Secret>>

async function perform(
  files: Files,
  { target, host, world }: Omit<ApplyInput, 'vault'>,
): Promise<void> {
  const about = target.broker.name
  const said: string[] = []
  let last: HostEvent | undefined
  const { packFiles } = await import('../hosts/archive.js')
  const archive = await packFiles(files)
  // To the very end: what follows the last word is the host tidying up.
  for await (const event of host.perform({ archive })) {
    const { kind, message } = event
    if (kind === 'end') last = event
    else world.report({ kind: `host-${kind}`, message, about })
    if (kind === 'log' || kind === 'note') said.push(message)
  }
  if (last !== undefined) judge(last, said, about)
}

/** The last word of a transaction; what the host logged before it goes into the error. */
function judge({ status, message }: HostEvent, said: readonly string[], broker: string): void {
  if (status === 'done') return
  const at = `broker "${broker}"`
  if (status === 'locked') {
    throw new BednetError('LOCK_HELD', message, {
      at,
      hint: 'wait until it is done, and run again',
    })
  }
  const words = said.length === 0 ? '' : `; it said: ${said.slice(-lastWords).join(' | ')}`
  throw new BednetError('TRANSACTION_FAILED', `${message}${words}`, {
    at,
    hint:
      status === 'restored'
        ? 'mend what it says in the profile or on the host, and run it again'
        : 'run it again: it goes on from what it finds',
  })
}

const lastWords = 8

async function scripts(name: 'up' | 'down'): Promise<Files> {
  return { 'common.sh': await readScript('common'), 'transaction.sh': await readScript(name) }
}

function undoables(commands: readonly Undoable[]): Files {
  const lines = (way: keyof Undoable) => commands.map(each => `${shellLine(each[way])}\n`).join('')
  return { firewall: lines('run'), 'firewall.undo': lines('undo') }
}

async function settings(plan: Plan, { target, vault }: ApplyInput): Promise<string> {
  const { broker } = target
  const certificate = await vault.read(entryOf.broker(broker.name, 'broker.crt'))
  const yes = (is: boolean): string => (is ? 'yes' : '')
  return shellAssignments({
    PACKAGES: plan.install.join(' '),
    GENERATION: plan.generation === undefined ? '' : String(plan.generation.number),
    ENABLE_FIREWALL: yes(plan.firewall.enable),
    ENABLE_SERVICE: yes(plan.service.enable),
    ACTION: plan.service.action,
    PORTS: plan.ports.join(' '),
    SERVER_NAME: broker.commonName,
    CERTIFICATE_SHA256: certificate === undefined ? '' : certificateFacts(certificate).fingerprint,
  })
}

async function generationFiles({ generation }: Plan, input: ApplyInput): Promise<Files> {
  const wanted = generation?.files ?? []
  const lines = wanted.map(({ name, mode, owner }) => `${mode.toString(8)} ${owner} ${name}\n`)
  const files: Record<string, string | Secret> = { manifest: lines.join('') }
  for (const { name, content } of wanted) files[`files/${name}`] = await bytesOf(content, input)
  return files
}

async function bytesOf(content: Content, { target, vault }: ApplyInput): Promise<string | Secret> {
  if (content.kind === 'text') return content.text
  if (content.kind === 'sealed') return await unsealed(content.name, { ...target, vault })
  throw new BednetError('NOT_CONVERGED', `a file is ${content.because}`, {
    at: `broker "${target.broker.name}"`,
    hint: 'this is a defect of bednet: please report it',
  })
}
