import type { CommandOutput, LabHost } from '../lab/host.js'
import { said, type Running } from '../lab/operator.js'
import { ambush } from './ambush.js'
import { type Bench, emptied, isUp, turned } from './bench.js'
import { type Cut, changeUnits } from './cut.js'
import { isFinished, leavesNoSecret } from './finished.js'
import type { Scenario, Step } from './scenario.js'
import { issued, served, type Subscriber, subscriber } from './served.js'

/** One cell of the matrix. `halfway` also waits for the guard before the next run comes. */
export interface Case {
  readonly scenario: Scenario
  readonly step: Step
  readonly moment: 'as it begins' | 'halfway'
  readonly cut: Cut
}

/**
 * Cuts a change off and sees that the broker serves the old state or the new one, that nothing half
 * written is left, and that the next run finishes it. Answers the bench for the next case.
 * @throws Error that says which of the three does not hold
 */
export async function survives(given: Bench, each: Case): Promise<Bench> {
  const { bench, goal } = await prepared(given, each.scenario)
  const { host, one } = bench
  const old = await served(host, one)
  const listener = each.scenario.isFirst ? undefined : await subscriber(host, one)
  try {
    await cutOff(bench, each)
    await servesOneOf([old, await goal()], bench, each)
    if (listener && !mayLoseSessions(each)) await stays(listener)
    await leavesNoSecret(host)
    await isUp(bench)
    if (listener && each.scenario.changes === 'certificate' && each.cut.name !== 'power')
      await stays(listener)
  } finally {
    await listener?.leave()
  }
  await isFinished(bench)
  return bench
}

interface Prepared {
  readonly bench: Bench
  /** What is served when the change is through. */
  readonly goal: () => Promise<string>
}

async function prepared(given: Bench, scenario: Scenario): Promise<Prepared> {
  const { changes, isFirst } = scenario
  const before = isFirst ? await emptied(given) : given
  const earlier = await served(before.host, before.one)
  // So that enabling it is a step.
  if (changes === 'port' && !isFirst) await before.host.run('ufw --force disable')
  const bench = await turned(before, changes)
  if (scenario.words[0] !== 'rollback') return { bench, goal: () => issued(bench.one) }
  await isUp(bench)
  return { bench, goal: () => Promise.resolve(earlier) }
}

async function cutOff({ host, one }: Bench, each: Case): Promise<void> {
  const { scenario, step, moment, cut } = each
  const trap = ambush(host, step, moment === 'halfway' ? step.halfMs : 0)
  const running = one.start(...scenario.words, '--json')
  const ended = running.ended.then(run => `"${step.name}" was never begun: ${said(run)}`)
  const missed = await Promise.race([trap.reached, ended])
  if (missed === undefined) await cut.strike(host, running)
  await trap.lift()
  if (missed !== undefined) throw new Error(missed)
  const { exitCode } = await atRest(running, host)
  // Its last word may have arrived.
  if (exitCode === 0 && step.name !== 'the end') throw new Error('nobody has felt the cut')
  if (moment === 'halfway') {
    await host.run('[ ! -e /var/lib/bednet/journal ] || systemctl start bednet-watch.service')
  }
}

async function atRest(running: Running, host: LabHost): Promise<CommandOutput> {
  const ended = await running.ended
  const left = `systemctl list-units --no-legend '${changeUnits}' | grep -q .`
  const { exitCode } = await host.run(`timeout 60 sh -c "while ${left}; do sleep 0.1; done"`)
  if (exitCode !== 0) throw new Error('the change still runs after a minute')
  return ended
}

/** At once; or, where a firewall was caught half made, as soon as the guard has been there. */
async function servesOneOf(
  states: readonly [old: string, goal: string],
  { host, one }: Bench,
  each: Case,
): Promise<void> {
  const patience = each.cut.endsScript ? guardLimitMs : 0
  const until = Date.now() + patience
  for (;;) {
    const seen = await served(host, one)
    if (states.includes(seen)) return
    if (Date.now() >= until) throw new Error(`the broker serves ${seen}: neither old nor new`)
  }
}

const guardLimitMs = 45_000

function mayLoseSessions({ scenario: { steps }, step, cut }: Case): boolean {
  if (cut.name === 'power') return true
  const restart = steps.findIndex(({ restarts }) => restarts)
  return restart >= 0 && (!cut.endsScript || steps.indexOf(step) >= restart)
}

async function stays(listener: Subscriber): Promise<void> {
  if (!(await listener.isStillThere())) throw new Error('a session was lost without a restart')
}
