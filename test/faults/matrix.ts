import type { Bench } from './bench.js'
import { cuts } from './cut.js'
import { endures } from './endures.js'
import { type Scenario, scenarios, type Step } from './scenario.js'
import { type Surrounding, surroundings } from './surrounding.js'
import { type Case, survives } from './survives.js'

/** One mark of the printed matrix. */
export interface Trial {
  readonly name: string
  readonly row: string
  readonly column: string
  /** For `scripts/test` too, and not for `scripts/faults` alone. */
  readonly isInSuite: boolean
  /** Answers the bench for the next one. @throws Error that says what did not survive */
  readonly run: (bench: Bench) => Promise<Bench>
}

/** Every step of every scenario, cut off in every way, as it begins and in its middle. */
const cutTrials: readonly Trial[] = scenarios.flatMap(scenario =>
  scenario.steps.flatMap(step =>
    cuts
      .filter(cut => !step.lacksScript || !cut.isOfScript)
      .flatMap(cut => [
        cutTrial({ scenario, step, cut, moment: 'as it begins' }),
        cutTrial({ scenario, step, cut, moment: 'halfway' }),
      ]),
  ),
)

function cutTrial(each: Case): Trial {
  const { scenario, step, cut, moment } = each
  const row = `${scenario.name}: ${step.name}`
  return {
    name: `${scenario.name}: ${cut.name} cut at "${step.name}", ${moment}`,
    ...{ row, column: cut.name, isInSuite: isTelling(scenario, step, moment) },
    run: bench => survives(bench, each),
  }
}

/** The switch, the reload, the firewall and a rollback: each kind of cut at each of them. */
function isTelling({ name }: Scenario, step: Step, moment: Case['moment']): boolean {
  if (name === 'reload') return moment === 'as it begins' && /^(switching|reload)/.test(step.name)
  if (moment !== 'halfway') return false
  // Its switch is so short that what follows is soon cut instead, which may end sessions.
  if (name === 'rollback') return step.name.startsWith('trying')
  return name === 'restart and firewall' && step.name.startsWith('enabling')
}

function surroundingTrial(each: Surrounding): Trial {
  const { name } = each
  const isInSuite = !each.isFirst && !/clock/.test(name)
  return { name, row: name, column: 'host', isInSuite, run: bench => endures(bench, each) }
}

export const matrix: readonly Trial[] = [...cutTrials, ...surroundings.map(surroundingTrial)]
