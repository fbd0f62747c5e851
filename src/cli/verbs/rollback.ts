import { BednetError } from '../../error.js'
import { rollback } from '../../operations/rollback.js'
import { approved } from '../approval.js'
import { failureDocument, showFailures } from '../failures.js'
import { hostsAtOnce, lockWaitSeconds } from '../limits.js'
import { isRehearsal, openProject } from '../project.js'
import type { Options, Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, world, output } = call
  const to = generationNumber(options)
  const project = await openProject(call)
  const outcomes = await rollback({
    project,
    world,
    to,
    brokers: options.hosts,
    parallel: hostsAtOnce(options),
    lockWaitSeconds: lockWaitSeconds(options),
    approve: async lines => {
      output.lines([...lines, 'The firewall, the list of the revoked and passwords stay as today.'])
      return isRehearsal(project) || (await approved('Go back?', call))
    },
  })
  const done = outcomes.flatMap(each => (each.status === 'failed' ? [] : [each]))
  output.lines(done.map(({ broker, message }) => `broker ${broker}: ${message}`))
  if (done.some(({ status }) => status === 'changed'))
    output.lines(['The profile is ahead of it now: "bednet plan" shows by what.'])
  output.document({
    outcomes: outcomes.map(each => (each.status === 'failed' ? failureDocument(each) : each)),
  })
  const failures = outcomes.flatMap(each => (each.status === 'failed' ? [each] : []))
  return (await showFailures(failures, call)) ?? 0
}

function generationNumber({ to }: Options): number | undefined {
  if (to === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(to)) return Number(to)
  throw new BednetError('USAGE', `--to takes the number of a generation, not "${to}"`, {
    hint: '"bednet history" lists those that a host keeps',
  })
}
