import { cancelled } from './cancelled.js'
import type { Observed } from '../plan/plan.js'
import type { Plan } from '../plan/resource.js'
import { withVault, type Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import { makeable, type Due } from './due.js'
import { issueDue } from './issue.js'
import {
  closeAll,
  findBasis,
  look,
  lookAtAll,
  planNow,
  type Basis,
  type Look,
  type LookInput,
} from './look.js'
import { inParallel, defaultParallel } from './parallel.js'
import { converge, endOf, whyHoldBack, type Outcome } from './converge.js'
import { writeNotes } from './notes.js'
import { observe } from './observe.js'
import { refuseOutdated, type SavedPlan } from './saved-plan.js'
import { targetsOf, type Target } from './target.js'

interface UpInput extends LookInput {
  /** A name that was revoked may be given again. */
  readonly reuseNames: boolean
  /** Leaves out the proofs from here; the host makes its own in any case. */
  readonly noVerify?: boolean
  /** For another bednet on a host; undefined: as long as the host thinks right. */
  readonly lockWaitSeconds?: number | undefined
  /** A plan that somebody has read: this is done, or nothing. */
  readonly saved?: SavedPlan | undefined
  /** Asked once, where anything would change; what it sees is all that will. */
  readonly approve: (due: readonly Due[], plans: readonly Plan[]) => Promise<boolean>
}

export interface UpResult {
  readonly due: readonly Due[]
  readonly outcomes: readonly Outcome[]
}

/**
 * Issue, plan, apply, verify. A run that finds nothing to do looks once and proves what is there.
 * @throws BednetError CANCELLED where a person says no; PLAN_OUTDATED, as `refuseOutdated`; and,
 *   before anything was changed, whatever concerns the profile or the vault as a whole
 */
export async function up(input: UpInput): Promise<UpResult> {
  const { project, world, parallel = defaultParallel } = input
  return await withVault(project.vault, { verb: 'up', world }, async vault => {
    for (const message of await vault.complaints()) world.report({ kind: 'vault-open', message })
    const targets = await targetsOf(project, input.brokers, 'prepare')
    const basis = findBasis(vault, input)
    const { looks, ...found } = await lookAtAll(basis, async () =>
      inParallel(targets, parallel, async target => lookSettled(target, basis, world)),
    )
    try {
      return { due: found.due, outcomes: await carryOut(looks, { ...input, ...found }) }
    } finally {
      await closeAll(looks)
    }
  })
}

interface Run extends UpInput, Basis {
  readonly vault: Vault
}

/** What an earlier change has left open is ended first: a plan of half a change would be none. */
async function lookSettled(target: Target, basis: Promise<Basis>, world: World): Promise<Look> {
  const seen = await look(target, basis, world)
  if ('error' in seen || !isLeftOpen(seen.observed)) return seen
  const { journal } = seen.observed
  let { host } = seen
  try {
    const { confirm, settle } = await import('./settle.js')
    if (journal.state === 'unconfirmed') {
      // Only one that is newer than the change shows that there still is a way in.
      host = await confirm(seen, world)
    } else await settle({ ...seen, world })
    // Only a word was left, and this plan passes it on.
    if (journal.state === 'none') return seen
    const observed = await observe(target, host)
    return { target, host, observed, plan: await planNow({ target, host, observed }, await basis) }
  } catch (error) {
    await host.close()
    return { target, error }
  }
}

function isLeftOpen({ journal: { state, undone } }: Observed): boolean {
  return (
    state === 'unconfirmed' || state === 'cut off' || (state === 'none' && undone !== undefined)
  )
}

async function carryOut(looks: readonly Look[], run: Run): Promise<readonly Outcome[]> {
  const plans = looks.flatMap(each => ('plan' in each ? [each.plan] : []))
  if (run.saved !== undefined) refuseOutdated(run.saved, { due: run.due, plans })
  const ready = plans.filter(({ conflicts }) => conflicts.length === 0)
  // With no host to bring it to, nothing is issued either: a later run starts from the same place.
  if (ready.length > 0) {
    const wanted = makeable(run.due)
    const changes = wanted.length + ready.reduce((sum, plan) => sum + plan.changes.length, 0)
    if (changes > 0 && !(await run.approve(wanted, ready))) throw cancelled()
    await issueDue(run, run.due)
    // A note tells of every broker, also of those that were not chosen now.
    await writeNotes({ ...run, targets: await targetsOf(run.project, [], 'find') })
  }
  return await inStages(looks, run)
}

/**
 * The first host that changes goes alone, and the others follow when it is proven: what fails there
 * would fail everywhere. What does not change is not held back.
 */
async function inStages(looks: readonly Look[], run: Run): Promise<readonly Outcome[]> {
  const most = run.parallel ?? defaultParallel
  const changing = looks.filter(wouldChange)
  const [first] = changing
  const bring = looks.length > 1 ? telling(run) : async (each: Look) => converge(each, run)
  if (first === undefined || changing.length === 1) return await inParallel(looks, most, bring)
  const outcome = await bring(first)
  const because = whyHoldBack(outcome)
  return await inParallel(looks, most, async each => {
    if (each === first) return outcome
    if (because === undefined || !wouldChange(each)) return await bring(each)
    return { broker: each.target.broker.name, status: 'held back', because }
  })
}

/** Of several hosts it is told which are at work, and how each one ends. */
function telling(run: Run): (found: Look) => Promise<Outcome> {
  return async found => {
    const about = found.target.broker.name
    run.world.report({ kind: 'host-begun', message: 'begins', about })
    const outcome = await converge(found, run)
    run.world.report({ kind: 'host-ended', message: endOf(outcome), about })
    return outcome
  }
}

function wouldChange(found: Look): boolean {
  return 'plan' in found && found.plan.conflicts.length === 0 && found.plan.changes.length > 0
}
