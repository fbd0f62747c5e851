import { withInventory } from '../operations/inventory.js'
import { loadProject, type Project } from '../operations/load.js'
import { remarksOn } from '../operations/remarks.js'
import { rehearsed } from '../operations/sandbox.js'
import { describeMistake } from '../profile/profile.js'
import type { Remark } from '../profile/remarks.js'
import type { Call } from './verb.js'

/** The profile of a call, as a rehearsal on this machine where `--sandbox` says so. */
export async function openProject(call: Call): Promise<Project> {
  return await withInventory(await openProfile(call))
}

/** The same for verbs that make certificates: what is odd about the profile is told first. */
export async function openWarning(call: Call): Promise<Project> {
  const { options, world } = call
  const loaded = await loadProject(options.profile)
  const project = rehearsed(loaded, { sandbox: options.sandbox, environment: world.environment })
  for (const remark of await remarksOn(loaded, project, world)) {
    if (remark.kind === 'warning' || options.verbose)
      world.report({ kind: `profile-${remark.kind}`, message: remarkLine(remark) })
  }
  return await withInventory(project)
}

/** In one line, as an editor or a terminal can jump to it. */
export function remarkLine(remark: Remark): string {
  if (remark.kind === 'warning') return `warning: ${describeMistake(remark)}`
  return `${remark.at}: ${remark.message}: ${remark.hint}`
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
