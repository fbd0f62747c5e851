import { relative } from 'node:path'
import { BednetError } from '../../error.js'
import { awaited, type Due } from '../../operations/due.js'
import type { Project } from '../../operations/load.js'
import { firstCommand } from '../../operations/notes.js'
import { readSavedPlan, type SavedPlan } from '../../operations/saved-plan.js'
import { targetsOf } from '../../operations/target.js'
import type { Outcome } from '../../operations/converge.js'
import { up } from '../../operations/up.js'
import { failureDocument, showFailures, type Failure } from '../failures.js'
import { showOutcomes } from '../outcome-table.js'
import { dueLines, planLines } from '../plan-lines.js'
import { hostsAtOnce, lockWaitSeconds } from '../limits.js'
import { isRehearsal, openWarning } from '../project.js'
import { hasFailed, showProofs } from '../proof-table.js'
import type { Call, Output, Verb } from '../verb.js'

const verificationFailed = 3
/** Of more brokers only those are shown whole that are not proven. */
const mostTables = 3

export const run: Verb = async call => {
  const { options, world, output } = call
  const project = await openWarning(call)
  const saved = await savedPlan(call)
  const { due, outcomes } = await up({
    project,
    world,
    saved,
    brokers: saved === undefined ? options.hosts : saved.plans.map(({ broker }) => broker),
    reuseNames: options.reuseNames,
    noVerify: options.noVerify,
    parallel: hostsAtOnce(options),
    lockWaitSeconds: lockWaitSeconds(options),
    approve: async (wanted, plans) => {
      output.lines(planLines(wanted, plans, output.paint))
      // Who names a plan has read it.
      return saved !== undefined || (await isApproved(wanted, project, call))
    },
  })
  const done = outcomes.flatMap(each => ('proofs' in each ? [each] : []))
  for (const { broker, proofs } of done)
    if (hasFailed(proofs) || (outcomes.length <= mostTables && proofs.length > 0))
      showProofs(broker, proofs, output)
  output.document({ due, outcomes: outcomes.map(outcomeDocument) })
  const failure = await showFailures(outcomes.filter(isFailure), call)
  if (outcomes.length > 1) showOutcomes(outcomes, output)
  if (failure !== undefined) return failure
  if (done.some(({ proofs }) => hasFailed(proofs))) return verificationFailed
  if (outcomes.length === 1) showSummary(done, output)
  output.lines(dueLines(awaited(due)).map(line => output.paint.yellow(line)))
  await showNext(project, output)
  return 0
}

async function savedPlan({ options }: Call): Promise<SavedPlan | undefined> {
  if (options.plan === undefined) return undefined
  if (options.hosts.length > 0) {
    throw new BednetError('USAGE', '--host and --plan cannot be given together', {
      hint: 'a saved plan says which brokers it is for',
    })
  }
  return await readSavedPlan(options.plan)
}

/** A sandbox asks nobody. Elsewhere a person is asked, and a script must have said --yes to revoke. */
async function isApproved(
  due: readonly Due[],
  project: Project,
  { options, world }: Call,
): Promise<boolean> {
  if (options.yes || isRehearsal(project)) return true
  if (world.confirm !== undefined) return await world.confirm('Make these changes?')
  const revoked = due.filter(({ kind }) => kind === 'revocation').map(({ name }) => name)
  if (revoked.length === 0) return true
  throw new BednetError('USAGE', `${revoked.join(', ')} left the profile and would be revoked`, {
    hint: 'nobody is here to be asked: say --yes, or put them back into the profile',
  })
}

function isFailure(outcome: Outcome): outcome is Outcome & Failure {
  return outcome.status === 'failed'
}

function outcomeDocument(outcome: Outcome): object {
  return isFailure(outcome) ? failureDocument(outcome) : outcome
}

function showSummary(
  done: readonly {
    readonly broker: string
    readonly status: string
    readonly proofs: readonly unknown[]
  }[],
  { lines, paint }: Output,
): void {
  const line = (broker: string, status: string, isProven: boolean): string => {
    const change = status === 'changed' ? 'is up' : 'has no change'
    const words = `broker ${broker} ${change} and ${isProven ? 'is proven' : 'was not proven: "bednet verify" does that'}`
    return isProven ? paint.green(words) : paint.yellow(words)
  }
  lines(['', ...done.map(each => line(each.broker, each.status, each.proofs.length > 0))])
}

async function showNext(project: Project, { lines, paint }: Output): Promise<void> {
  const here = relative('', project.vault) || project.vault
  const { devices } = project.fleet
  const [target] = await targetsOf(project, [], 'find')
  const next = target && firstCommand(target, device => `${here}/devices/${device}`)
  lines([
    ...(devices.length === 0 ? [] : [`credentials: ${here}/devices/NAME/, with a note in each`]),
    ...(next === undefined ? [] : ['', paint.bold('next, try:'), `  ${next}`]),
  ])
}
