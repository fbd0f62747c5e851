import type { Templates } from '../broker/render.js'
import { BednetError } from '../error.js'
import type { Host } from '../hosts/host.js'
import { describeChange } from '../plan/describe.js'
import type { Observed } from '../plan/plan.js'
import type { Plan } from '../plan/resource.js'
import { withVault, type Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import { apply } from './apply.js'
import { openHost } from './connect.js'
import type { Due } from './due.js'
import { findDue } from './find-due.js'
import { holdingsOf } from './holdings.js'
import { issueDue } from './issue.js'
import type { Project } from './load.js'
import { writeNotes } from './notes.js'
import { observe, planFor, versionOf } from './observe.js'
import { prove } from './prove.js'
import { targetsOf, type Target } from './target.js'
import { readTemplates } from './templates.js'
import type { Proof } from './verify.js'

export interface UpInput {
  readonly project: Project
  readonly world: World
  /** Names of brokers; empty: all of them. */
  readonly brokers: readonly string[]
  readonly reuseNames: boolean
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
 * @throws BednetError CANCELLED where a person says no, and before anything was changed whatever
 *   concerns the profile or the vault as a whole
 */
export async function up(input: UpInput): Promise<UpResult> {
  const { project, world } = input
  const templates = await readTemplates(project.fleet.templates)
  return await withVault(project.vault, { verb: 'up', world }, async vault => {
    const due = await findDue({ project, vault, world, reuseNames: input.reuseNames })
    const targets = await targetsOf(project, input.brokers, 'prepare')
    const run: Run = { ...input, vault, templates, due }
    const looks = await Promise.all(targets.map(target => look(target, run)))
    try {
      return { due, outcomes: await carryOut(looks, run) }
    } finally {
      await Promise.all(looks.map(each => each.host?.close()))
    }
  })
}

interface Run extends UpInput {
  readonly vault: Vault
  readonly templates: Templates
  readonly due: readonly Due[]
}

/** A host that was looked at, with what would change as far as it is known before issuing. */
interface Look {
  readonly target: Target
  readonly host?: Host
  readonly seen?: { readonly observed: Observed; readonly plan: Plan }
  readonly error?: unknown
}

async function look(target: Target, run: Run): Promise<Look> {
  let host: Host | undefined
  try {
    host = await openHost(target, run.world)
    const observed = await observe(target, host)
    const plan = await planNow({ target, host }, observed, run)
    refuseConflicts(plan, host)
    return { target, host, seen: { observed, plan } }
  } catch (error) {
    return { target, error, ...(host === undefined ? {} : { host }) }
  }
}

async function planNow(
  { target, host }: { readonly target: Target; readonly host: Host },
  observed: Observed,
  { vault, templates, due }: Pick<Run, 'vault' | 'templates' | 'due'>,
): Promise<Plan> {
  const holdings = await holdingsOf(target.broker, { fleet: target.fleet, vault, due })
  return planFor(target, { holdings, templates, observed, host })
}

function refuseConflicts({ conflicts, broker }: Plan, host: Host): void {
  const [first] = conflicts
  if (first === undefined) return
  const others = conflicts.slice(1).map(({ at, message }) => `; ${at}: ${message}`)
  throw new BednetError('CONFLICT', `${first.message}${others.join('')}`, {
    at: conflicts.length === 1 ? first.at : `broker "${broker}" (${host.address}), ${first.at}`,
    hint: first.hint,
  })
}

async function carryOut(looks: readonly Look[], run: Run): Promise<readonly Outcome[]> {
  const plans = looks.flatMap(({ seen }) => (seen === undefined ? [] : [seen.plan]))
  // With no host to bring it to, nothing is issued either: a later run starts from the same place.
  if (plans.length > 0) {
    const changes = run.due.length + plans.reduce((sum, plan) => sum + plan.changes.length, 0)
    if (changes > 0 && !(await run.approve(run.due, plans))) throw cancelled()
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

async function finish({ target, host, seen, error }: Look, run: Run): Promise<Outcome> {
  const broker = target.broker.name
  if (host === undefined || seen === undefined) return { broker, status: 'failed', error }
  try {
    const plan = await planNow({ target, host }, seen.observed, { ...run, due: [] })
    const isChange = plan.changes.length > 0
    if (isChange) await apply(plan, { ...run, target, host })
    const observed = isChange ? await converged(target, host, run) : seen.observed
    const proofs = await prove({ ...run, target, host, version: versionOf(observed) })
    return { broker, status: isChange ? 'changed' : 'unchanged', plan, proofs }
  } catch (failure) {
    return { broker, status: 'failed', error: failure }
  }
}

/** Looks again: whatever would still change is a defect, of bednet or of the host. */
async function converged(target: Target, host: Host, run: Run): Promise<Observed> {
  const observed = await observe(target, host)
  const { changes } = await planNow({ target, host }, observed, { ...run, due: [] })
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
