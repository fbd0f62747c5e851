import { BednetError } from '../error.js'
import type { CertificateFacts } from '../pki/certificate.js'
import type { Device, Fleet } from '../profile/fleet.js'
import { indexLedger, type Issued, type LedgerEntry, type LedgerIndex } from '../vault/ledger.js'
import { readVault } from '../vault/vault.js'
import type { Project } from './load.js'

/** A certificate of a batch as the ledger knows it; its file need not be opened. */
type Batched = Issued & Required<Pick<Issued, 'batch' | 'key' | 'authority'>>

export function isBatched(entry: Issued | undefined): entry is Batched {
  return entry?.batch !== undefined
}

/**
 * The project with the devices of its vault's inventory, which count as declared: those that
 * `issue --from` has made and that no profile knows, until they are revoked.
 * @throws BednetError PROFILE_INVALID where the profile has since given a name or role away
 */
export async function withInventory(project: Project): Promise<Project> {
  const { entries } = await readVault(project.vault).ledger()
  return inventoried(project, entries)
}

/** As `withInventory`, where the ledger has been read. */
export function inventoried(project: Project, entries: readonly LedgerEntry[]): Project {
  const devices = inventory(indexLedger(entries), project.fleet)
  if (devices.length === 0) return project
  const fleet = { ...project.fleet, devices: [...project.fleet.devices, ...devices] }
  refuseClashes(fleet, devices)
  return { ...project, fleet }
}

/** The role of a device by the inventory alone; undefined where that has it no more, or never had. */
export function inventoryRole(
  latest: LedgerEntry<Issued>,
  { revokedSerials }: LedgerIndex,
): string | undefined {
  return isInventoried(latest) && !revokedSerials.has(latest.serial) ? latest.role : undefined
}

function inventory({ latest, revokedSerials }: LedgerIndex, fleet: Fleet): readonly Device[] {
  const declared = new Set(fleet.devices.map(({ name }) => name))
  return [...latest('device')]
    .filter(isInventoried)
    .filter(({ name, serial }) => !declared.has(name) && !revokedSerials.has(serial))
    .map(deviceOf)
}

type Inventoried = Issued & Required<Pick<Issued, 'role' | 'key'>>

function isInventoried(entry: Issued): entry is LedgerEntry<Inventoried> {
  return entry.role !== undefined && entry.key !== undefined
}

/** What the entry of such a device must say again, or it would leave the inventory, and be revoked. */
export function listedFields(
  { devices }: Fleet,
  entries: readonly LedgerEntry[],
): (name: string) => Pick<Issued, 'role' | 'key' | 'labels' | 'passwords'> {
  const listed = new Map(
    devices.filter(({ isListed }) => isListed === true).map(device => [device.name, device]),
  )
  if (listed.size === 0) return () => ({})
  const { held } = indexLedger(entries)
  return name => {
    const device = listed.get(name)
    if (device === undefined) return {}
    const { role, key, passwordBatch: passwords } = device
    const labels = held('device', name)?.labels
    const password = passwords === undefined ? {} : { passwords }
    return { role, key, ...(labels && { labels }), ...password }
  }
}

function deviceOf({ name, role, key, passwords, notBefore, notAfter }: Inventoried): Device {
  const days = (Date.parse(notAfter) - Date.parse(notBefore)) / msPerDay
  return {
    ...{ name, role, key, passphrase: undefined, isListed: true },
    ...{ formats: ['pem'], platform: undefined },
    // As long as the one it has, without the day before its issue.
    lifetimeDays: Math.max(1, Math.round(days) - 1),
    ...(passwords === undefined ? {} : { passwordBatch: passwords }),
  }
}

const msPerDay = 24 * 60 * 60 * 1000

function refuseClashes(fleet: Fleet, listed: readonly Device[]): void {
  const roles = new Set(fleet.roles.map(({ name }) => name))
  const others = new Set([
    ...fleet.users.map(({ name }) => name),
    ...fleet.brokers.map(({ commonName }) => commonName),
  ])
  for (const { name, role } of listed) {
    if (others.has(name))
      throw clash(`"${name}" is the name of a device that "bednet issue --from" has made`, {
        at: `user or broker "${name}"`,
        hint: 'take another name for it: no two may share a common name',
      })
    if (!roles.has(role))
      throw clash(`the role "${role}" is gone, and device "${name}" of the inventory has it`, {
        at: `role "${role}"`,
        hint: 'put it back, or issue its devices anew with another role: bednet issue --from FILE',
      })
  }
}

function clash(message: string, details: { readonly at: string; readonly hint: string }) {
  return new BednetError('PROFILE_INVALID', message, details)
}

/** What a certificate of a batch says, by the ledger alone. */
export function factsOf(entry: Batched, authority: CertificateFacts | undefined): CertificateFacts {
  const isCurrent = authority?.subjectKeyId === entry.authority
  return {
    commonName: entry.name,
    subject: `CN=${entry.name}`,
    issuer: isCurrent ? authority.subject : 'an earlier authority',
    serial: entry.serial.toUpperCase(),
    notBefore: new Date(entry.notBefore),
    notAfter: new Date(entry.notAfter),
    names: [],
    algorithm: entry.key,
    fingerprint: entry.sha256,
    subjectKeyId: undefined,
    authorityKeyId: entry.authority,
    isAuthority: false,
  }
}
