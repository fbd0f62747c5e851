import { BednetError } from '../error.js'
import { describeChange } from '../plan/describe.js'
import type { Observed } from '../plan/plan.js'
import type { Plan } from '../plan/resource.js'
import type { World } from '../world.js'
import { planNow, type Basis, type Look, type Seen } from './look.js'
import { observe, versionOf } from './observe.js'
import type { Proof } from './verify.js'

/** How it went on one host; one host's failure is that host's outcome, and the others go on. */
export type Outcome =
  | {
      readonly broker: string
      readonly status: 'changed' | 'unchanged'
      readonly plan: Plan
      readonly proofs: readonly Proof[]
    }
  | { readonly broker: string; readonly status: 'failed'; readonly error: unknown }
  /** Not touched, because the host that went first is not well. */
  | { readonly broker: string; readonly status: 'held back'; readonly because: string }

interface ConvergeInput extends Basis {
  readonly world: World
  readonly noVerify?: boolean
  readonly lockWaitSeconds?: number | undefined
}

/** The last word of a host, where there are several. */
export function endOf(outcome: Outcome): string {
  if (outcome.status === 'held back') return `held back: ${outcome.because}`
  if (outcome.status === 'failed')
    return `failed: ${outcome.error instanceof Error ? outcome.error.message : String(outcome.error)}`
  if (outcome.proofs.length === 0) return `${outcome.status}; nothing was proven`
  return failedProofs(outcome.proofs) === 0
    ? `${outcome.status}, and proven`
    : `${outcome.status}, but not proven`
}

export function failedProofs(proofs: readonly Proof[]): number {
  return proofs.filter(({ status }) => status === 'failed').length
}

/** Why others should not follow this host, or undefined where they may. */
export function whyHoldBack(outcome: Outcome): string | undefined {
  const { broker, status } = outcome
  if (status === 'failed') return `broker ${broker} went first and failed`
  if (status === 'held back') return outcome.because
  const failed = failedProofs(outcome.proofs)
  return failed === 0
    ? undefined
    : `broker ${broker} went first, and ${String(failed)} of its proofs failed`
}

/** Brings one host to where it should be, and proves it. */
export async function converge(found: Look, run: ConvergeInput): Promise<Outcome> {
  const broker = found.target.broker.name
  if ('error' in found) return { broker, status: 'failed', error: found.error }
  const { target } = found
  let { host } = found
  try {
    refuseConflicts(found)
    // What was still to be issued when it was made is there now.
    const plan = run.due.length === 0 ? found.plan : await planNow(found, { ...run, due: [] })
    // What was issued meanwhile may be what the host must refuse.
    refuseConflicts({ ...found, plan })
    const isChange = plan.changes.length > 0
    if (isChange) {
      const { apply } = await import('./apply.js')
      const end = await apply(plan, { ...run, target, host })
      if (end === 'unconfirmed') {
        const { confirm } = await import('./settle.js')
        host = await confirm(found, run.world)
      }
    }
    const observed = isChange ? await converged({ ...found, host }, run) : found.observed
    const proofs = run.noVerify === true ? [] : await proofsOf({ target, host, observed }, run)
    return { broker, status: isChange ? 'changed' : 'unchanged', plan, proofs }
  } catch (error) {
    return { broker, status: 'failed', error }
  } finally {
    if (host !== found.host) await host.close()
  }
}

async function proofsOf(
  { target, host, observed }: Omit<Seen, 'plan'>,
  run: ConvergeInput,
): Promise<readonly Proof[]> {
  // What proves takes as long to load as the rest, and a plan is shown before it is needed.
  const { prove } = await import('./prove.js')
  return await prove({ ...run, target, host, version: versionOf(observed) })
}

function refuseConflicts({ plan: { conflicts, broker }, host }: Seen): void {
  const [first] = conflicts
  if (first === undefined) return
  const others = conflicts.slice(1).map(({ at, message }) => `; ${at}: ${message}`)
  throw new BednetError('CONFLICT', `${first.message}${others.join('')}`, {
    at: `broker "${broker}" (${host.address}): ${first.at}`,
    hint: first.hint,
  })
}

/** Looks again: whatever would still change is a defect, of bednet or of the host. */
async function converged({ target, host }: Seen, run: ConvergeInput): Promise<Observed> {
  const observed = await observe(target, host)
  const { changes } = await planNow({ target, host, observed }, { ...run, due: [] })
  if (changes.length === 0) return observed
  const left = changes.map(describeChange).join('; ')
  throw new BednetError(
    'NOT_CONVERGED',
    `after the change there is still something to do: ${left}`,
    {
      at: `broker "${target.broker.name}"`,
      hint: 'run it again; if it says the same, it is a defect of bednet: please report it',
    },
  )
}
