import { entryOf } from '../vault/layout.js'
import { indexLedger, type Issued, type LedgerEntry, type LedgerIndex } from '../vault/ledger.js'
import { inventoryRole } from './inventory.js'
import type { Project } from './load.js'

/** A device, whether the profile still has it or only the ledger. */
export interface ListedDevice {
  readonly name: string
  /** Undefined where the profile no longer has it. */
  readonly role: string | undefined
  readonly state: 'good' | 'expired' | 'revoked' | 'not issued' | 'left the profile'
  /** Lower-case hex, of the latest certificate; undefined where there is none. */
  readonly serial: string | undefined
  /** ISO 8601, UTC. */
  readonly notAfter: string | undefined
  /** Folder of its credential; undefined where there is none, or it lies in a batch. */
  readonly folder: string | undefined
  /** Number of the batch that its credential lies in. */
  readonly batch: number | undefined
  readonly labels: Readonly<Record<string, string>> | undefined
  /** It has made its key itself, and the vault has none of it. */
  readonly ownKey: true | undefined
}

/** All devices by name: of the profile, of the vault's inventory, and those that only the ledger has. */
export function listDevices(
  { fleet, vault }: Project,
  entries: readonly LedgerEntry[],
  now: Date,
): readonly ListedDevice[] {
  const index = indexLedger(entries)
  const moment = now.toISOString()
  const declared = new Map(fleet.devices.map(({ name, role }) => [name, role]))
  const listed = (name: string, held: LedgerEntry<Issued> | undefined): ListedDevice => {
    const role = declared.get(name) ?? (held && inventoryRole(held, index))
    const isSingle = held !== undefined && held.batch === undefined
    return {
      name,
      role,
      state: stateOf(held, { index, moment, role }),
      serial: held?.serial,
      notAfter: held?.notAfter,
      folder: isSingle ? folderOf(vault, name) : undefined,
      batch: held?.batch,
      labels: held?.labels,
      ownKey: held?.request === undefined ? undefined : true,
    }
  }
  const devices = [...declared.keys()].map(name => listed(name, index.held('device', name)))
  for (const entry of index.latest('device'))
    if (!declared.has(entry.name)) devices.push(listed(entry.name, entry))
  return devices
}

function folderOf(vault: string, name: string): string {
  return `${vault}/${entryOf.device(name, 'client.crt').replace('/client.crt', '')}`
}

interface Standing {
  readonly index: LedgerIndex
  /** ISO 8601, UTC, as the ledger has it: such texts are in the order of time. */
  readonly moment: string
  /** By the profile, or the vault's inventory. */
  readonly role: string | undefined
}

function stateOf(
  held: Issued | undefined,
  { index, moment, role }: Standing,
): ListedDevice['state'] {
  if (held === undefined) return 'not issued'
  if (index.revokedSerials.has(held.serial)) return 'revoked'
  if (held.notAfter <= moment) return 'expired'
  return role !== undefined ? 'good' : 'left the profile'
}
