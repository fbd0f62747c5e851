import {
  indexLedger,
  type CertificateKind,
  type Issued,
  type LedgerEntry,
} from '../vault/ledger.js'
import { inventoryRole } from './inventory.js'
import type { Project } from './load.js'

/** A certificate of the ledger, in the order in which they were issued. */
export interface ListedCertificate {
  readonly kind: CertificateKind
  readonly name: string
  /** Counts up from 1 with each certificate of a name. */
  readonly generation: number
  /** Replaced: another one has come in its place, and this one is believed until it ends. */
  readonly state: 'good' | 'replaced' | 'expired' | 'revoked'
  /** Lower-case hex. */
  readonly serial: string
  /** ISO 8601, UTC, as all times. */
  readonly issuedAt: string
  readonly notBefore: string
  readonly notAfter: string
  readonly sha256: string
  readonly because: string
  /** Of a device that the profile or the inventory still has. */
  readonly role: string | undefined
  readonly batch: number | undefined
  readonly labels: Readonly<Record<string, string>> | undefined
}

/** Every certificate that was ever issued, of authorities, brokers, devices and canaries. */
export function listCertificates(
  { fleet }: Project,
  entries: readonly LedgerEntry[],
  now: Date,
): readonly ListedCertificate[] {
  const index = indexLedger(entries)
  const { held, revokedSerials } = index
  const roles = new Map(fleet.devices.map(({ name, role }) => [name, role]))
  const roleOf = (entry: LedgerEntry<Issued>) =>
    roles.get(entry.name) ?? inventoryRole(held('device', entry.name) ?? entry, index)
  const moment = now.toISOString()
  const generations = new Map<string, number>()
  const stateOf = ({ kind, name, serial, notAfter }: Omit<ListedCertificate, 'state'>) => {
    if (revokedSerials.has(serial)) return 'revoked'
    if (notAfter <= moment) return 'expired'
    return held(kind, name)?.serial === serial ? 'good' : 'replaced'
  }
  return entries.flatMap(entry => {
    if (entry.act !== 'issued') return []
    const { kind, name, serial, at, notBefore, notAfter, sha256, because, batch, labels } = entry
    const key = `${kind} ${name}`
    const generation = (generations.get(key) ?? 0) + 1
    generations.set(key, generation)
    const role = kind === 'device' ? roleOf(entry) : undefined
    const rest = { serial, issuedAt: at, notBefore, notAfter, sha256, because, role, batch, labels }
    const certificate = { kind, name, generation, ...rest }
    return [{ ...certificate, state: stateOf(certificate) }]
  })
}
