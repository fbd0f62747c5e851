import { readFile } from 'node:fs/promises'
import { shellLine } from '../command.js'
import { BednetError } from '../error.js'
import { certificateFacts } from '../pki/certificate.js'
import type { Content, Plan, Undoable } from '../plan/resource.js'
import type { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'
import type { VaultReader } from '../vault/vault.js'
import { unsealed } from './holdings.js'
import { proofFiles } from './proof-files.js'
import type { Target } from './target.js'
import { transact, type Files, type Scene, type Settings } from './transaction.js'

/** What carrying out a plan takes besides the plan. */
interface ApplyInput extends Scene {
  readonly vault: VaultReader
}

/**
 * Carries a plan out: one upload, one script that goes on alone if the connection dies.
 * Answers whether the host waits to be reached over a new connection: else it puts the change back.
 * @throws BednetError as `transact`
 */
export async function apply(plan: Plan, input: ApplyInput): Promise<'confirmed' | 'unconfirmed'> {
  const files = {
    ...undoables(plan.firewall.commands),
    'host.record': plan.record,
    ...(await generationFiles(plan, input)),
    ...archiveFiles(plan),
    ...(await sourceFile(plan, input.target)),
    ...(await proofFiles(input.target.fleet, input.vault)),
  }
  const end = await transact('up', { ...input, files, settings: await settings(plan, input) })
  return end.status === 'unconfirmed' ? 'unconfirmed' : 'confirmed'
}

/** Takes bednet's configuration and these rules off a host. */
export async function takeDown(commands: readonly Undoable[], input: Scene): Promise<void> {
  await transact('down', { ...input, files: undoables(commands), settings: {} })
}

function undoables(commands: readonly Undoable[]): Files {
  const lines = (way: keyof Undoable) => commands.map(each => `${shellLine(each[way])}\n`).join('')
  return { firewall: lines('run'), 'firewall.undo': lines('undo') }
}

async function settings(plan: Plan, { target, vault }: ApplyInput): Promise<Settings> {
  const { broker } = target
  const certificate = await vault.read(entryOf.broker(broker.name, 'broker.crt'))
  const yes = (is: boolean): string => (is ? 'yes' : '')
  return {
    ...archiveSettings(plan, target),
    PACKAGES: plan.install.join(' '),
    SOURCE_SHA256: plan.build ?? '',
    GENERATION: plan.generation === undefined ? '' : String(plan.generation.number),
    ENABLE_FIREWALL: yes(plan.firewall.enable),
    NEEDS_CONFIRMATION: yes(mayLockOut(plan, target)),
    ENABLE_SERVICE: yes(plan.service.enable),
    ACTION: plan.service.action,
    PORTS: plan.ports.join(' '),
    SERVER_NAME: broker.commonName,
    CERTIFICATE_SHA256: certificate === undefined ? '' : certificateFacts(certificate).fingerprint,
  }
}

/** Only a firewall can, and only who comes by SSH. */
function mayLockOut({ firewall }: Plan, { broker }: Target): boolean {
  return broker.host.kind === 'ssh' && (firewall.enable || firewall.commands.length > 0)
}

function archiveFiles({ archive }: Plan): Files {
  if (archive === undefined || archive === 'remove') return {}
  const { source, pin, key } = archive
  return {
    'bednet-mosquitto.list': source,
    'bednet-mosquitto.pref': pin,
    ...('text' in key ? { 'bednet-mosquitto.asc': key.text } : {}),
  }
}

function archiveSettings({ archive }: Plan, { fleet }: Target): Settings {
  if (archive === undefined) return { ARCHIVE: '' }
  if (archive === 'remove') return { ARCHIVE: 'remove' }
  return {
    ARCHIVE: fleet.archive?.url ?? '',
    ARCHIVE_KEY: 'url' in archive.key ? archive.key.url : '',
  }
}

/** The profile's reader has looked at its digest; the host does so again. */
async function sourceFile({ build }: Plan, { fleet }: Target): Promise<Files> {
  if (build === undefined || fleet.source === undefined) return {}
  return { 'source.tar': await readFile(fleet.source.path) }
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
