import { withInventory } from '../operations/inventory.js'
import { loadProject, type Project } from '../operations/load.js'
import { rehearsed } from '../operations/sandbox.js'
import type { Call } from './verb.js'

/** The profile of a call, as a rehearsal on this machine where `--sandbox` says so. */
export async function openProject({ options, world }: Call): Promise<Project> {
  const { sandbox } = options
  const { environment } = world
  const project = rehearsed(await loadProject(options.profile), { sandbox, environment })
  return await withInventory(project)
}

/** Of a sandbox nobody has to be asked: nothing outside its folder changes. */
export function isRehearsal({ fleet }: Project): boolean {
  return fleet.brokers.every(({ host }) => host.kind === 'sandbox')
}
