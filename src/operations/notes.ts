import { render, type Templates } from '../broker/render.js'
import { withName } from '../broker/topic.js'
import { command, shellLine } from '../command.js'
import { certificateFacts } from '../pki/certificate.js'
import type { Device, Listener, Role } from '../profile/fleet.js'
import { entryOf } from '../vault/layout.js'
import type { Vault } from '../vault/vault.js'
import type { Project } from './load.js'
import type { Target } from './target.js'

interface NotesInput {
  readonly project: Project
  readonly vault: Vault
  readonly templates: Templates
  readonly targets: readonly Target[]
}

/** Writes the note in each device's folder anew where the profile has made it another one. */
export async function writeNotes({ project, vault, ...input }: NotesInput): Promise<void> {
  for (const device of project.fleet.devices) {
    const certificate = await vault.read(entryOf.device(device.name, 'client.crt'))
    if (certificate === undefined) continue
    const { notAfter } = certificateFacts(certificate)
    const note = render(input.templates, 'device.md', {
      site: project.fleet.site,
      name: device.name,
      role: device.role,
      encrypted: device.passphrase !== undefined,
      notAfter: notAfter.toISOString().slice(0, 10),
      brokers: input.targets.flatMap(target => sections(target, device)),
    })
    const entry = entryOf.device(device.name, 'README.md')
    if ((await vault.read(entry)) !== note) await vault.write(entry, note)
  }
}

/** A section for each listener that a device's certificate opens. */
function sections({ broker, fleet }: Target, device: Device): readonly object[] {
  const role = fleet.roles.find(({ name }) => name === device.role)
  const name = broker.host.kind === 'sandbox' ? 'localhost' : broker.commonName
  return fleet.listeners
    .filter(({ admit, protocol }) => admit !== 'password' && protocol === 'mqtt')
    .map(listener => ({
      broker: `${name}:${String(listener.port)}`,
      identity: listener.admit === 'certificate',
      commands: clientLines({ name, listener, device }, role),
    }))
}

interface Way {
  readonly name: string
  readonly listener: Listener
  readonly device: Device
}

function clientLines(way: Way, role: Role | undefined): readonly string[] {
  const topic = (filter: string): string =>
    withName(filter, way.device.name).replaceAll(/[+#]/g, 'test')
  const [publish] = role?.publish ?? []
  const [subscribe] = role?.subscribe ?? []
  return [
    ...(publish === undefined
      ? []
      : [line('mosquitto_pub', way, ['-t', topic(publish), '-m', 'hello'])]),
    ...(subscribe === undefined
      ? []
      : [line('mosquitto_sub', way, ['-t', withName(subscribe, way.device.name), '-v'])]),
  ]
}

/** MQTT 5, because a publication that is denied looks like success in 3.1.1. */
function line(tool: string, { name, listener }: Way, words: readonly string[]): string {
  const files = ['--cafile', 'ca.crt', '--cert', 'client.crt', '--key', 'client.key']
  const where = ['-h', name, '-p', String(listener.port), '-V', '5', '-q', '1']
  const user = listener.admit === 'certificate' ? [] : ['-u', 'USER', '-P', 'PASSWORD']
  return shellLine(command(tool, ...where, ...files, ...user, ...words))
}
