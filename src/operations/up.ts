import { BednetError } from '../error.js'
import type { Host } from '../hosts/host.js'
import { describeChange } from '../plan/describe.js'
import type { Observed } from '../plan/plan.js'
import type { Plan } from '../plan/resource.js'
import { withVault, type Vault } from '../vault/vault.js'
import type { Due } from './due.js'
import { findDue } from './find-due.js'
import { issueDue } from './issue.js'
import {
  closeAll,
  look,
  planNow,
  type Basis,
  type Look,
  type LookInput,
  type Seen,
} from './look.js'
import { writeNotes } from './notes.js'
import { observe, versionOf } from './observe.js'
import { refuseOutdated, type SavedPlan } from './saved-plan.js'
import { targetsOf, type Target } from './target.js'
import { readTemplates } from './templates.js'
import type { Proof } from './verify.js'

interface UpInput extends LookInput {
  /** A name that was revoked may be given again. */
  readonly reuseNames: boolean
  /** For another bednet on a host; undefined: as long as the host thinks right. */
  readonly lockWaitSeconds?: number | undefined
  /** A plan that somebody has read: this is done, or nothing. */
  readonly saved?: SavedPlan | undefined
  /** Asked once, where anything would change; what it sees is all that will. */
  readonly approve: (due: readonly Due[], plans: readonly Plan[]) => Promise<boolean>
}

/** How it went on one host; one host's failure is that host's outcome, and the others go on. */
export type Outcome =
  | {
      readonly broker: string
      readonly status: 'changed' | 'unchanged'
      readonly plan: Plan
      readonly proofs: readonly Proof[]
    }
  | { readonly broker: string; readonly status: 'failed'; readonly error: unknown }

export interface UpResult {
  readonly due: readonly Due[]
  readonly outcomes: readonly Outcome[]
}

/**
 * Issue, plan, apply, verify. A run that finds nothing to do looks once and proves what is there.
 * @throws BednetError CANCELLED where a person says no; PLAN_OUTDATED, as `refuseOutdated`; and, before anything was changed, whatever
 *   concerns the profile or the vault as a whole
 */
export async function up(input: UpInput): Promise<UpResult> {
  const { project, world, reuseNames } = input
  const templates = await readTemplates(project.fleet.templates)
  return await withVault(project.vault, { verb: 'up', world }, async vault => {
    for (const message of await vault.complaints()) world.report({ kind: 'vault-open', message })
    const due = await findDue({ project, vault, world, reuseNames })
    const run: Run = { ...input, vault, templates, due }
    const targets = await targetsOf(project, input.brokers, 'prepare')
    const looks = await Promise.all(targets.map(target => lookSettled(target, run)))
    try {
      return { due, outcomes: await carryOut(looks, run) }
    } finally {
      await closeAll(looks)
    }
  })
}

interface Run extends UpInput, Basis {
  readonly vault: Vault
}

/** What an earlier change has left open is ended first: a plan of half a change would be none. */
async function lookSettled(target: Target, run: Run): Promise<Look> {
  const seen = await look(target, run, run.world)
  if ('error' in seen || !isLeftOpen(seen.observed)) return seen
  const { host } = seen
  try {
    const { settle } = await import('./settle.js')
    await settle({ ...seen, world: run.world })
    const observed = await observe(target, host)
    return { ...seen, observed, plan: await planNow({ target, host, observed }, run) }
  } catch (error) {
    await host.close()
    return { target, error }
  }
}

function isLeftOpen({ journal: { state } }: Observed): boolean {
  return state === 'unconfirmed' || state === 'cut off'
}

async function carryOut(looks: readonly Look[], run: Run): Promise<readonly Outcome[]> {
  const plans = looks.flatMap(each => ('plan' in each ? [each.plan] : []))
  if (run.saved !== undefined) refuseOutdated(run.saved, { due: run.due, plans })
  const ready = plans.filter(({ conflicts }) => conflicts.length === 0)
  // With no host to bring it to, nothing is issued either: a later run starts from the same place.
  if (ready.length > 0) {
    const changes = run.due.length + ready.reduce((sum, plan) => sum + plan.changes.length, 0)
    if (changes > 0 && !(await run.approve(run.due, ready))) throw cancelled()
    await issueDue(run, run.due)
    // A note tells of every broker, also of those that were not chosen now.
    await writeNotes({ ...run, targets: await targetsOf(run.project, [], 'find') })
  }
  return await Promise.all(looks.map(each => finish(each, run)))
}

function cancelled(): BednetError {
  return new BednetError('CANCELLED', 'nothing was changed', {
    hint: 'run it again and say yes, or with --yes',
  })
}

async function finish(found: Look, run: Run): Promise<Outcome> {
  const broker = found.target.broker.name
  if ('error' in found) return { broker, status: 'failed', error: found.error }
  const { target } = found
  let { host } = found
  try {
    refuseConflicts(found)
    const plan = await planNow(found, { ...run, due: [] })
    const isChange = plan.changes.length > 0
    if (isChange) {
      const { apply } = await import('./apply.js')
      const end = await apply(plan, { ...run, target, host })
      if (end === 'unconfirmed') host = await reconnected(found, run)
    }
    const observed = isChange ? await converged({ ...found, host }, run) : found.observed
    // What proves takes as long to load as the rest, and a plan is shown before it is needed.
    const { prove } = await import('./prove.js')
    const proofs = await prove({ ...run, target, host, version: versionOf(observed) })
    return { broker, status: isChange ? 'changed' : 'unchanged', plan, proofs }
  } catch (error) {
    return { broker, status: 'failed', error }
  } finally {
    if (host !== found.host) await host.close()
  }
}

async function reconnected({ target, host }: Seen, { world }: Run): Promise<Host> {
  // Not two at once: a firewall may count connections.
  await host.close()
  const { confirm } = await import('./settle.js')
  return await confirm(target, world)
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
async function converged({ target, host }: Seen, run: Run): Promise<Observed> {
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
