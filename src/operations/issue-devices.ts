import { join } from 'node:path'
import { BednetError } from '../error.js'
import { suggest } from '../profile/nearest.js'
import { indexLedger } from '../vault/ledger.js'
import { withVault, type Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import { findDue } from './find-due.js'
import { addTo, type Places } from './credentials.js'
import { handOut } from './hand-out.js'
import { isBatched } from './inventory.js'
import { issueDue } from './issue.js'
import { listDevices, type ListedDevice } from './list.js'
import type { Project } from './load.js'
import { writeNotes } from './notes.js'
import { targetsOf } from './target.js'
import { readTemplates } from './templates.js'

interface IssueDevicesInput {
  readonly project: Project
  readonly world: World
  /** Devices of the profile; empty: all of them. */
  readonly names: readonly string[]
  /** A name that was revoked may be given again. */
  readonly reuseNames: boolean
}

/** A device's credential, and why it was issued now; false where it could stay. */
interface IssuedDevice extends ListedDevice {
  readonly because: string | false
}

/**
 * Issues the credentials that these devices lack, and the authority before them where there is none.
 * The brokers learn nothing of it: a new certificate of their authority is good by itself.
 * @throws BednetError NAME_UNKNOWN for a name that the profile has not
 */
export async function issueDevices(input: IssueDevicesInput): Promise<readonly IssuedDevice[]> {
  const { project, world, names } = input
  refuseUnknown(project, names)
  return await withVault(project.vault, { verb: 'issue', world }, async vault => {
    const all = await findDue({ project, vault, world, reuseNames: input.reuseNames })
    const isChosen = (name: string): boolean => names.length === 0 || names.includes(name)
    const due = all.filter(
      ({ kind, name }) => kind === 'authority' || (kind === 'device' && isChosen(name)),
    )
    await issueDue({ project, vault, world }, due)
    const templates = await readTemplates(project.fleet.templates)
    const targets = await targetsOf(project, [], 'find')
    await writeNotes({ project, vault, templates, targets })
    await handOutAgain(vault, input)
    const reasons = new Map(due.map(({ name, because }) => [name, because]))
    const { entries } = await vault.ledger()
    const listed = listDevices(project, entries, world.now())
    return listed
      .filter(({ name, role }) => role !== undefined && isChosen(name))
      .map(device => ({ ...device, because: reasons.get(device.name) ?? false }))
  })
}

/** Those that lie in a batch get their folder where they are asked for by name. */
async function handOutAgain(vault: Vault, { world, names }: IssueDevicesInput): Promise<void> {
  const { held } = indexLedger((await vault.ledger()).entries)
  const places: Places = new Map()
  for (const name of names) {
    const entry = held('device', name)
    if (isBatched(entry)) addTo(places, entry)
  }
  if (places.size === 0) return
  const outlet = { kind: 'folders', folder: join(vault.folder, 'devices') } as const
  await handOut({ vault, world, places, outlet })
}

function refuseUnknown({ fleet }: Project, names: readonly string[]): void {
  const known = new Set(fleet.devices.map(({ name }) => name))
  const unknown = names.find(name => !known.has(name))
  if (unknown === undefined) return
  const meant = suggest(unknown, [...known])
  throw new BednetError('NAME_UNKNOWN', `the profile has no device "${unknown}"`, {
    hint: meant ?? 'add it under "devices" in the profile first',
  })
}
