import { down } from '../../operations/down.js'
import { approved } from '../approval.js'
import { failureDocument, showFailures } from '../failures.js'
import { hostsAtOnce, lockWaitSeconds } from '../limits.js'
import { isRehearsal, openProject } from '../project.js'
import type { Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, world, output } = call
  const project = await openProject(call)
  const outcomes = await down({
    project,
    world,
    brokers: options.hosts,
    parallel: hostsAtOnce(options),
    lockWaitSeconds: lockWaitSeconds(options),
    approve: async lines => {
      if (options.yes || isRehearsal(project)) return true
      output.lines(['This takes away:', ...lines.map(line => `  - ${line}`)])
      return await approved('Take it away?', call)
    },
  })
  const failures = outcomes.flatMap(each => (each.status === 'failed' ? [each] : []))
  output.lines(
    outcomes.flatMap(({ broker, status }) => {
      if (status === 'failed') return []
      return status === 'changed'
        ? [`broker ${broker}: bednet's configuration is gone; the vault stays`]
        : [`broker ${broker}: there was nothing of bednet's`]
    }),
  )
  output.document({
    outcomes: outcomes.map(each => (each.status === 'failed' ? failureDocument(each) : each)),
  })
  return (await showFailures(failures, call)) ?? 0
}
