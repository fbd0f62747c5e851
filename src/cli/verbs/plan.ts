import { makeable } from '../../operations/due.js'
import { makePlans } from '../../operations/plans.js'
import { planFormat, savePlan } from '../../operations/saved-plan.js'
import { failureDocument, showFailures } from '../failures.js'
import { hostsAtOnce } from '../limits.js'
import { planLines } from '../plan-lines.js'
import { openWarning } from '../project.js'
import type { Verb } from '../verb.js'

const changesFound = 2

export const run: Verb = async call => {
  const { options, world, output } = call
  const project = await openWarning(call)
  const { due, plans, failures } = await makePlans({
    project,
    world,
    brokers: options.hosts,
    parallel: hostsAtOnce(options),
  })
  output.lines(planLines(due, plans, output.paint))
  if (options.out !== undefined) await savePlan(options.out, { due, plans })
  output.document({ format: planFormat, due, plans, failures: failures.map(failureDocument) })
  const failure = await showFailures(failures, call)
  const isChange = plans.some(
    ({ changes, conflicts }) => changes.length > 0 || conflicts.length > 0,
  )
  return failure ?? (isChange || makeable(due).length > 0 ? changesFound : 0)
}
