import { BednetError } from '../error.js'
import { cancelled } from './cancelled.js'
import { compareFirewall } from '../plan/firewall.js'
import type { Plan, Undoable } from '../plan/resource.js'
import { withLooks, type Look, type LookInput, type Seen } from './look.js'

interface DownInput extends LookInput {
  /** For another bednet on a host; undefined: as long as the host thinks right. */
  readonly lockWaitSeconds?: number | undefined
  /** Asked once, with what will be taken off each host. */
  readonly approve: (lines: readonly string[]) => Promise<boolean>
}

type DownOutcome =
  | { readonly broker: string; readonly status: 'changed' | 'unchanged' }
  | { readonly broker: string; readonly status: 'failed'; readonly error: unknown }

/**
 * Takes bednet's configuration and firewall rules off the hosts; ends the broker of a sandbox.
 * Packages, the vault and what others made stay.
 * @throws BednetError CANCELLED where a person says no
 */
export async function down(input: DownInput): Promise<readonly DownOutcome[]> {
  return await withLooks(input, async ({ looks }) => {
    const lines = looks.flatMap(each => ('plan' in each && isThere(each) ? [describe(each)] : []))
    if (lines.length > 0 && !(await input.approve(lines))) {
      throw cancelled()
    }
    return await Promise.all(looks.map(each => takeOff(each, input)))
  })
}

async function takeOff(found: Look, input: DownInput): Promise<DownOutcome> {
  const broker = found.target.broker.name
  if ('error' in found) return { broker, status: 'failed', error: found.error }
  try {
    refuseStrangers(found.plan)
    if (!isThere(found)) return { broker, status: 'unchanged' }
    const { takeDown } = await import('./apply.js')
    await takeDown(ownRules(found), { ...found, ...input })
    return { broker, status: 'changed' }
  } catch (error) {
    return { broker, status: 'failed', error }
  }
}

/** Whose host it is counts, and nothing else that would keep a plan from being carried out. */
export function refuseStrangers({ conflicts, broker }: Plan): void {
  const stranger = conflicts.find(({ at }) => at === `broker "${broker}"`)
  if (stranger === undefined) return
  const { at, message, hint } = stranger
  throw new BednetError('AUTHORITY_CHANGED', message, { at, hint })
}

function isThere(seen: Seen): boolean {
  const { generation, service, machine } = seen.observed
  const isSandboxRunning = machine.services === 'child' && service.running
  return generation.newest > 0 || ownRules(seen).length > 0 || isSandboxRunning
}

function ownRules({ target, observed }: Seen): readonly Undoable[] {
  const nothing = { site: target.fleet.site, enable: false, rules: [] }
  return compareFirewall(nothing, observed.firewall, observed.machine).commands
}

function describe(seen: Seen): string {
  const rules = ownRules(seen).length
  const besides = rules === 0 ? '' : ` and ${String(rules)} firewall rules`
  return `broker "${seen.target.broker.name}" (${seen.host.address}): bednet's configuration${besides}`
}
