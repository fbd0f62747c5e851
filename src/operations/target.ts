import { BednetError } from '../error.js'
import type { Broker, Fleet } from '../profile/fleet.js'
import type { Project } from './load.js'
import { atSandboxPorts, sandboxRoot } from './sandbox.js'

/** One broker, with the fleet as it is there: a sandbox has ports of its own. */
export interface Target {
  readonly broker: Broker
  readonly fleet: Fleet
  /** `''`, or the folder that stands for `/`. */
  readonly root: string
}

/**
 * The brokers to work on: all, or those named.
 * @param sandboxes `prepare` makes their file trees, `find` only looks
 * @throws BednetError USAGE for a name that no broker has
 */
export async function targetsOf(
  project: Project,
  names: readonly string[],
  sandboxes: 'prepare' | 'find',
): Promise<readonly Target[]> {
  const { fleet } = project
  const targets: Target[] = []
  const taken = new Set<number>()
  for (const broker of chosenBrokers(fleet, names)) {
    if (broker.host.kind !== 'sandbox') {
      targets.push({ broker, fleet, root: '' })
    } else {
      const { findSandbox, prepareSandbox } = await import('../hosts/sandbox.js')
      const use = sandboxes === 'prepare' ? prepareSandbox : findSandbox
      const { root, ports } = await use(
        sandboxRoot(project, broker),
        fleet.listeners.map(({ port }) => port),
        taken,
      )
      for (const port of ports.values()) taken.add(port)
      targets.push({ broker, fleet: atSandboxPorts(fleet, ports), root })
    }
  }
  return targets
}

function chosenBrokers(fleet: Fleet, names: readonly string[]): readonly Broker[] {
  const known = fleet.brokers.map(({ name }) => name)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) {
    throw new BednetError('USAGE', `the profile has no broker "${unknown}"`, {
      hint: `--host takes the name of a broker: ${known.join(', ')}`,
    })
  }
  return names.length === 0
    ? fleet.brokers
    : fleet.brokers.filter(each => names.includes(each.name))
}
