import { rootPem } from './authorities.js'
import type { Due } from './due.js'
import { certificateFacts } from '../pki/certificate.js'
import { revocationListFacts } from '../pki/revocation.js'
import { describeChange } from '../plan/describe.js'
import { authorityEntries, entryOf } from '../vault/layout.js'
import type { VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { listDevices } from './list.js'
import { withLooks, type Look, type LookInput, type Seen } from './look.js'
import { versionOf } from './observe.js'

interface StatusInput extends LookInput {
  /** What expires within this many days is named. */
  readonly withinDays: number
}

export interface Status {
  readonly brokers: readonly BrokerStatus[]
  /** What the vault lacks, as `plan` says it. */
  readonly due: readonly Due[]
  /** What ends within the window, or has ended, the soonest first. */
  readonly expiring: readonly Expiry[]
}

export type BrokerStatus =
  | {
      readonly broker: string
      readonly address: string
      readonly mosquitto: string
      readonly running: boolean
      readonly generation: number | undefined
      /** By the host's own clock, against ours; positive where it is ahead. */
      readonly clockSkewSeconds: number
      /** What the open port shows: `as in the vault`, or what it is instead. */
      readonly served: string
      /** What was changed on the host behind bednet's back, stands in its way, or is not served. */
      readonly drift: readonly string[]
      /** What the profile or the vault has and the host has not yet. */
      readonly pending: readonly string[]
    }
  | { readonly broker: string; readonly error: unknown }

export interface Expiry {
  readonly what: string
  /** ISO 8601, UTC. */
  readonly notAfter: string
  readonly daysLeft: number
}

/** What the profile, the vault, each host and its open port say, side by side. Changes nothing. */
export async function status(input: StatusInput): Promise<Status> {
  return await withLooks(input, async ({ vault, due, looks }) => ({
    due,
    brokers: await Promise.all(looks.map(each => brokerStatus(each, vault, input.world))),
    expiring: await expiring(input, vault),
  }))
}

async function brokerStatus(found: Look, vault: VaultReader, world: World): Promise<BrokerStatus> {
  const broker = found.target.broker.name
  if ('error' in found) return { broker, error: found.error }
  const { host, observed, plan } = found
  const served = await servedWords(found, vault, world)
  const lines = (isDrift: boolean) =>
    plan.changes.filter(change => (change.isDrift === true) === isDrift).map(describeChange)
  return {
    broker,
    address: host.address,
    mosquitto: observed.packages.mosquitto === undefined ? 'not installed' : versionOf(observed),
    running: observed.service.running,
    generation: observed.generation.current,
    clockSkewSeconds: observed.machine.clockSeconds - Math.round(world.now().getTime() / 1000),
    served,
    drift: [
      ...lines(true),
      ...(isUnserved(found, served) ? [unserved] : []),
      ...plan.conflicts.map(({ at, message }) => `x ${at}: ${message}`),
    ],
    pending: lines(false),
  }
}

const unserved =
  '~ service mosquitto: serves another certificate than lies on its disk; restart it there'

/** The disk has what the vault has, and yet the open port shows another. */
function isUnserved({ plan }: Seen, served: string): boolean {
  const isOnDisk = !plan.changes.some(({ resource }) => resource === 'file broker.crt')
  return isOnDisk && served.startsWith(another)
}

async function servedWords(found: Seen, vault: VaultReader, world: World): Promise<string> {
  const name = found.target.broker.name
  const authority = await rootPem(found.target.fleet, vault, 'brokers')
  const pem = await vault.read(entryOf.broker(name, 'broker.crt'))
  if (authority === undefined || pem === undefined) return 'not asked: the vault has issued nothing'
  const { servedFingerprint } = await import('./served.js')
  const served = await servedFingerprint(found, authority, world)
  if ('because' in served) return served.because
  return certificateFacts(pem).fingerprint === served.fingerprint
    ? 'as in the vault'
    : `${another}, good until ${served.notAfter.toISOString().slice(0, 10)}`
}

const another = 'another certificate'

async function expiring(
  { project, world, withinDays }: StatusInput,
  vault: VaultReader,
): Promise<readonly Expiry[]> {
  const ends: (readonly [string, Date])[] = []
  for (const { id, commonName } of project.fleet.authorities) {
    const called = id === 'ca' ? '' : ` "${commonName}"`
    const { certificate, revocations } = authorityEntries(id)
    const authority = await vault.read(certificate)
    if (authority !== undefined)
      ends.push([`authority${called}`, certificateFacts(authority).notAfter])
    const list = await vault.read(revocations)
    if (list !== undefined)
      ends.push([`revocation list${called}`, revocationListFacts(list).nextUpdate])
  }
  for (const { name } of project.fleet.brokers) {
    const pem = await vault.read(entryOf.broker(name, 'broker.crt'))
    if (pem !== undefined) ends.push([`broker ${name}`, certificateFacts(pem).notAfter])
  }
  const { entries } = await vault.ledger()
  for (const { name, notAfter, state } of listDevices(project, entries, world.now())) {
    if (notAfter !== undefined && (state === 'good' || state === 'expired'))
      ends.push([`device ${name}`, new Date(notAfter)])
  }
  return ends
    .map(([what, end]) => ({
      what,
      notAfter: end.toISOString(),
      daysLeft: Math.floor((end.getTime() - world.now().getTime()) / msPerDay),
    }))
    .filter(({ daysLeft }) => daysLeft <= withinDays)
    .sort((a, b) => a.daysLeft - b.daysLeft)
}

const msPerDay = 24 * 60 * 60 * 1000
