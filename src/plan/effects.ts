import type { Machine } from './machine.js'
import type { PackagesSeen } from './package.js'
import type { Desired, ServiceAction, Sessions } from './resource.js'
import type { ServiceSeen } from './service.js'

/** Of a host, what decides who notices. */
interface Scene {
  readonly machine: Machine
  readonly packages: PackagesSeen
  readonly service: ServiceSeen
}

/** Ports that the broker ought to listen on and does not; none where nobody can tell. */
export function portsWithoutBroker(
  ports: readonly number[],
  { listening }: Pick<Machine, 'listening'>,
): readonly number[] {
  if (listening.length === 0) return []
  return ports.filter(port => !listening.some(each => each.port === port))
}

/** Who is connected to the broker now, our listeners and others of it alike. */
export function sessionsOf(
  ports: readonly number[],
  { machine, service }: Omit<Scene, 'packages'>,
  action: ServiceAction,
): readonly Sessions[] {
  if (!service.running) return []
  const isBroker = (port: number) =>
    ports.includes(port) ||
    machine.listening.some(each => each.port === port && each.program === 'mosquitto')
  return [...machine.connected]
    .filter(([port]) => isBroker(port))
    .sort(([a], [b]) => a - b)
    .map(([port, connected]) => ({ port, connected, fate: action === 'restart' ? 'end' : 'stay' }))
}

interface Effects {
  readonly action: ServiceAction
  readonly changed: ReadonlySet<string>
  readonly desired: Desired
  readonly observed: Scene
}

/** What clients notice of a restart or a reload, whoever is connected. */
export function effectNotes({ action, changed, desired, observed }: Effects): readonly string[] {
  if (!observed.service.running || action === 'nothing') return []
  if (action === 'restart') {
    return ['the restart ends every session; durable sessions and their queues come back']
  }
  return [
    ...(changed.has('passwords')
      ? ['the reload disconnects users who were removed or whose password is another']
      : []),
    ...queueingNotes(desired, observed),
  ]
}

/**
 * After any SIGHUP, Mosquitto 2.0 knows no rights from `user` blocks for a durable session that is
 * offline. How many there are stands in the broker's memory alone: its database is half an hour old.
 */
function queueingNotes({ files }: Desired, { packages }: Scene): readonly string[] {
  if (packages.mosquitto?.startsWith('2.0.') !== true) return []
  const acl = files.find(({ name }) => name === 'acl')?.content
  if (acl?.kind !== 'text') return []
  const names = [...acl.text.matchAll(/^user (?!bednet-canary-)/gm)].length
  if (names === 0) return []
  const whose = names === 1 ? '1 name has' : `${String(names)} names have`
  return [
    `${whose} rights of their own: offline durable sessions under them stop queueing with the reload until they reconnect (Mosquitto 2.0; how many are offline only its memory knows)`,
  ]
}
