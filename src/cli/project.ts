import { withInventory } from '../operations/inventory.js'
import { loadProject, type Project } from '../operations/load.js'
import { rehearsed } from '../operations/sandbox.js'
import type { Call } from './verb.js'

/** The profile of a call, as a rehearsal on this machine where `--sandbox` says so. */
export async function openProject(call: Call): Promise<Project> {
  return await withInventory(await openProfile(call))
}

/** The same without the vault's inventory, for verbs that read the ledger themselves. */
export async function openProfile({ options, world }: Call): Promise<Project> {
  const { sandbox } = options
  const { environment } = world
  return rehearsed(await loadProject(options.profile), { sandbox, environment })
}

/** Of a sandbox nobody has to be asked: nothing outside its folder changes. */
export function isRehearsal({ fleet }: Project): boolean {
  return fleet.brokers.every(({ host }) => host.kind === 'sandbox')
}
