import { renderer, type Templates } from '../broker/render.js'
import { withName } from '../broker/topic.js'
import { command, shellLine } from '../command.js'
import { certificateFacts } from '../pki/certificate.js'
import type { Broker, Device, Fleet, Listener, Role } from '../profile/fleet.js'
import { entryOf } from '../vault/layout.js'
import type { Vault } from '../vault/vault.js'
import { deviceFiles, fileWords } from './device-files.js'
import type { Project } from './load.js'
import { targetsOf, type Target } from './target.js'
import { readTemplates } from './templates.js'

interface NotesInput {
  readonly project: Project
  readonly vault: Vault
  readonly templates: Templates
  readonly targets: readonly Target[]
  /** Devices of the inventory that have a folder of their own, too. */
  readonly alsoOf?: readonly string[]
}

/** As `writeNotes`, where neither the templates nor the hosts have been looked at. */
export async function renewNotes(
  input: Pick<NotesInput, 'project' | 'vault' | 'alsoOf'>,
): Promise<void> {
  const templates = await readTemplates(input.project.fleet.templates)
  await writeNotes({ ...input, templates, targets: await targetsOf(input.project, [], 'find') })
}

/** Writes the note in each device's folder anew where the profile has made it another one. */
export async function writeNotes({
  project,
  vault,
  alsoOf = [],
  ...input
}: NotesInput): Promise<void> {
  const fill = renderer(input.templates, 'device.md')
  for (const device of project.fleet.devices) {
    if (device.isListed && !alsoOf.includes(device.name)) continue
    const certificate = await vault.read(entryOf.device(device.name, 'client.crt'))
    if (certificate === undefined) continue
    const { notAfter } = certificateFacts(certificate)
    const note = fill({
      site: project.fleet.site,
      name: device.name,
      role: device.role,
      encrypted: device.passphrase !== undefined,
      files: fileWords(device),
      sealed: deviceFiles(device).some(file => file.endsWith('.p12')),
      notAfter: notAfter.toISOString().slice(0, 10),
      brokers: input.targets.flatMap(target => sections(target, device)),
    })
    const entry = entryOf.device(device.name, 'README.md')
    if ((await vault.read(entry)) !== note) await vault.write(entry, note)
  }
}

/**
 * A line that can be pasted as it is: the first device publishes to a topic of its role. Undefined
 * where none can with its certificate alone.
 * @param folder where the files of the device's credential lie
 */
export function firstCommand(
  { broker, fleet }: Target,
  folder: (device: string) => string,
): string | undefined {
  const [device] = fleet.devices
  const listener = fleet.listeners.find(
    ({ admit, protocol }) => admit === 'certificate' && protocol === 'mqtt',
  )
  if (device === undefined || listener === undefined || device.passphrase !== undefined) return
  const way = { name: nameOf(broker), listener, device, folder: `${folder(device.name)}/` }
  return clientLines(way, roleOf(fleet, device))[0]
}

/** A section for each listener that a device's certificate opens. */
function sections({ broker, fleet }: Target, device: Device): readonly object[] {
  const name = nameOf(broker)
  return fleet.listeners
    .filter(({ admit, protocol }) => admit !== 'password' && protocol === 'mqtt')
    .map(listener => ({
      broker: `${name}:${String(listener.port)}`,
      identity: listener.admit === 'certificate',
      commands: clientLines({ name, listener, device, folder: '' }, roleOf(fleet, device)),
    }))
}

function nameOf({ host, commonName }: Broker): string {
  return host.kind === 'sandbox' ? 'localhost' : commonName
}

function roleOf({ roles }: Fleet, { role }: Device): Role | undefined {
  return roles.find(({ name }) => name === role)
}

interface Way {
  /** By which the broker is called, as its certificate has it. */
  readonly name: string
  readonly listener: Listener
  readonly device: Device
  /** `''`, or a folder with a slash at its end. */
  readonly folder: string
}

function clientLines(way: Way, role: Role | undefined): readonly string[] {
  const { name } = way.device
  const [publish] = role?.publish ?? []
  const [subscribe] = role?.subscribe ?? []
  const topic = publish && withName(publish, name).replaceAll(/[+#]/g, 'test')
  return [
    ...(topic === undefined ? [] : [line('mosquitto_pub', way, ['-t', topic, '-m', 'hello'])]),
    ...(subscribe === undefined
      ? []
      : [line('mosquitto_sub', way, ['-t', withName(subscribe, name), '-v'])]),
  ]
}

/** MQTT 5, because a publication that is denied looks like success in 3.1.1. */
function line(tool: string, { name, listener, folder }: Way, words: readonly string[]): string {
  const file = (option: string, base: string) => [`--${option}`, `${folder}${base}`]
  const files = [
    ...file('cafile', 'ca.crt'),
    ...file('cert', 'client.crt'),
    ...file('key', 'client.key'),
  ]
  const where = ['-h', name, '-p', String(listener.port), '-V', '5', '-q', '1']
  const user = listener.admit === 'certificate' ? [] : ['-u', 'USER', '-P', 'PASSWORD']
  return shellLine(command(tool, ...where, ...files, ...user, ...words))
}
