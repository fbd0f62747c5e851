import { entryOf } from '../vault/layout.js'
import { indexLedger, type Issued, type LedgerIndex } from '../vault/ledger.js'
import { readVault } from '../vault/vault.js'
import type { World } from '../world.js'
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
  /** Folder of its credential; undefined where there is none. */
  readonly folder: string | undefined
}

/** All devices by name, from the profile and the ledger. */
export async function listDevices(
  project: Project,
  world: Pick<World, 'now'>,
): Promise<readonly ListedDevice[]> {
  const vault = readVault(project.vault)
  const { entries } = await vault.ledger()
  const index = indexLedger(entries)
  const roles = new Map(project.fleet.devices.map(({ name, role }) => [name, role]))
  const recorded = entries.flatMap(entry =>
    entry.act === 'issued' && entry.kind === 'device' ? [entry.name] : [],
  )
  const names = [...new Set([...roles.keys(), ...recorded])]
  return names.map(name => {
    const held = index.held('device', name)
    return {
      name,
      role: roles.get(name),
      state: stateOf(held, { index, now: world.now(), isDeclared: roles.has(name) }),
      serial: held?.serial,
      notAfter: held?.notAfter,
      folder:
        held && `${vault.folder}/${entryOf.device(name, 'client.crt').replace('/client.crt', '')}`,
    }
  })
}

interface Standing {
  readonly index: LedgerIndex
  readonly now: Date
  readonly isDeclared: boolean
}

function stateOf(
  held: Issued | undefined,
  { index, now, isDeclared }: Standing,
): ListedDevice['state'] {
  if (held === undefined) return 'not issued'
  if (index.revokedSerials.has(held.serial)) return 'revoked'
  if (new Date(held.notAfter) <= now) return 'expired'
  return isDeclared ? 'good' : 'left the profile'
}
