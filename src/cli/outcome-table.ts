import { failedProofs, type Outcome } from '../operations/converge.js'
import { messageOf } from './error-text.js'
import type { Output, Paint } from './verb.js'

/** How it went on each of several hosts, when all of it is over. */
export function showOutcomes(outcomes: readonly Outcome[], { lines, table, paint }: Output): void {
  lines([''])
  table(
    ['broker', 'outcome', 'proofs', 'why'],
    outcomes.map(outcome => [outcome.broker, ...cells(outcome, paint)]),
  )
}

function cells(outcome: Outcome, paint: Paint): readonly string[] {
  if (outcome.status === 'held back') return [paint.yellow('held back'), '-', outcome.because]
  if (outcome.status === 'failed') return [paint.red('failed'), '-', messageOf(outcome.error)]
  const failed = failedProofs(outcome.proofs)
  const count = `${String(outcome.proofs.length - failed)} of ${String(outcome.proofs.length)}`
  const proven =
    failed === 0 ? paint.green(outcome.status) : paint.red(`${outcome.status}, not proven`)
  return [proven, count, '']
}
