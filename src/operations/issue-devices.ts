import { join } from 'node:path'
import { BednetError } from '../error.js'
import { suggest } from '../profile/nearest.js'
import { withVault } from '../vault/vault.js'
import type { World } from '../world.js'
import { awaited, type DueKind } from './due.js'
import { findDue } from './find-due.js'
import type { Outlet } from './hand-out.js'
import { handOutNamed } from './hand-out-named.js'
import { issueDue } from './issue.js'
import { listDevices, type ListedDevice } from './list.js'
import type { Project } from './load.js'
import { renewNotes } from './notes.js'

interface IssueDevicesInput {
  readonly project: Project
  readonly world: World
  /** Devices of the profile; empty: all of them. */
  readonly names: readonly string[]
  /** Where the credentials go besides the vault. */
  readonly outlet: Outlet | undefined
  /** A name that was revoked may be given again. */
  readonly reuseNames: boolean
}

/** A device's credential, and why it was issued now; false where it could stay. */
interface IssuedDevice extends ListedDevice {
  readonly because: string | false
  /** Why only files were made, of the key and certificate that it had. */
  readonly files: string | false
  /** It has its own key, and bednet waits for a new signing request. */
  readonly isAwaited: boolean
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
      ({ kind, name }) =>
        kind === 'authority' || ((kind === 'device' || kind === 'files') && isChosen(name)),
    )
    await issueDue({ project, vault, world }, due)
    const waiting = new Map(awaited(all).map(({ name, because }) => [name, because]))
    const reasonsOf = (wanted: DueKind) =>
      new Map(due.filter(({ kind }) => kind === wanted).map(({ name, because }) => [name, because]))
    const [reasons, files] = [reasonsOf('device'), reasonsOf('files')]
    const { entries } = await vault.ledger()
    const listed = listDevices(project, entries, world.now())
    const chosen = listed.filter(({ name, role }) => role !== undefined && isChosen(name))
    // Those that lie in a batch get their folder where they are asked for by name.
    const folder = join(vault.folder, 'devices')
    const asked = chosen.filter(({ batch }) => input.outlet ?? (batch && names.length > 0))
    const outlet = input.outlet ?? { kind: 'folders', folder }
    if (input.outlet !== undefined || asked.length > 0)
      await handOutNamed({ vault, world, outlet, names: asked.map(({ name }) => name) })
    await renewNotes({ project, vault, alsoOf: names })
    return chosen.map(device => ({
      ...device,
      because: reasons.get(device.name) ?? waiting.get(device.name) ?? false,
      files: files.get(device.name) ?? false,
      isAwaited: waiting.has(device.name),
    }))
  })
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
