import { BednetError } from '../../error.js'
import { makeable } from '../../operations/due.js'
import { status, type BrokerStatus, type Status } from '../../operations/status.js'
import { readDays } from '../../profile/quantity.js'
import { hostsAtOnce } from '../limits.js'
import { dueLines } from '../plan-lines.js'
import { printable } from '../printable.js'
import { failureDocument, showFailures } from '../failures.js'
import { openProject } from '../project.js'
import type { ExitCode, Output, Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, world, output } = call
  const withinDays = daysOf(options.within)
  const project = await openProject(call)
  const found = await status({
    project,
    world,
    brokers: options.hosts,
    parallel: hostsAtOnce(options),
    withinDays,
  })
  show(found, output)
  const { brokers, ...rest } = found
  output.document({
    ...rest,
    brokers: brokers.map(each => ('error' in each ? failureDocument(each) : each)),
  })
  const failures = brokers.flatMap(each => ('error' in each ? [each] : []))
  return (await showFailures(failures, call)) ?? exitCode(found)
}

const driftFound = 2
const expiresSoon = 4

function exitCode({ brokers, due, expiring }: Status): ExitCode {
  const isDrift = brokers.some(
    each => 'drift' in each && each.drift.length + each.pending.length > 0,
  )
  if (isDrift || makeable(due).length > 0) return driftFound
  return expiring.length + due.length > 0 ? expiresSoon : 0
}

function daysOf(typed = '30d'): number {
  const days = readDays(typed)
  if (typeof days === 'number') return days
  throw new BednetError('USAGE', `--within: ${days.message}`, { hint: days.hint })
}

function show({ brokers, due, expiring }: Status, output: Output): void {
  for (const each of brokers) if ('address' in each) showBroker(each, output)
  if (due.length > 0) output.lines(['vault', ...dueLines(due).map(line => `  ${line}`)])
  if (expiring.length > 0) {
    output.lines(['', 'expires soon'])
    output.table(
      ['what', 'good until', 'days left'],
      expiring.map(({ what, notAfter, daysLeft }) => [
        what,
        notAfter.slice(0, 10),
        output.paint.yellow(String(daysLeft)),
      ]),
    )
  }
}

/** More than a client would notice. */
const skewToTellSeconds = 60

function showBroker(seen: Extract<BrokerStatus, { address: string }>, output: Output): void {
  const { paint } = output
  const { broker, address, mosquitto, running, generation, served, drift, pending } = seen
  const isSkewed = Math.abs(seen.clockSkewSeconds) > skewToTellSeconds
  output.lines([
    `${paint.bold(`broker ${broker}`)} (${address})`,
    `  mosquitto ${mosquitto}, ${running ? paint.green('running') : paint.red('not running')}`,
    `  generation ${generation === undefined ? 'none' : String(generation)}`,
    `  certificate served: ${served}`,
    ...(isSkewed
      ? [`  ${paint.yellow(`its clock is off by ${String(seen.clockSkewSeconds)} s`)}`]
      : []),
    ...section(paint.yellow('  changed on the host:'), drift),
    ...section(paint.yellow('  in the profile or the vault, and not there yet:'), pending),
    ...(drift.length + pending.length === 0 ? [paint.green('  as the profile says')] : []),
  ])
}

function section(head: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [head, ...lines.map(line => `    ${printable(line)}`)]
}
