import { BednetError } from '../../error.js'
import { lockStatus, releaseLocks, type HostLock } from '../../operations/lock.js'
import { approved } from '../approval.js'
import { failureDocument, showFailures } from '../failures.js'
import { openProject } from '../project.js'
import type { Call, ExitCode, Verb } from '../verb.js'

export const run: Verb = async call => {
  const [action = 'status'] = call.names
  if (action === 'status') return await showLocks(call)
  if (action === 'release') return await release(call)
  throw new BednetError('USAGE', `"lock" cannot do "${action}"`, { hint: 'status or release' })
}

async function showLocks(call: Call): Promise<ExitCode> {
  const { options, world, output } = call
  const { vault, hosts } = await lockStatus({
    project: await openProject(call),
    world,
    brokers: options.hosts,
  })
  output.table(
    ['where', 'state', 'who'],
    [
      ['vault', vault === undefined ? 'free' : 'at work', vault ?? '-'],
      ...hosts.flatMap(each => ('error' in each ? [] : [row(each)])),
    ],
  )
  const failures = hosts.flatMap(each => ('error' in each ? [each] : []))
  output.document({
    vault: vault ?? null,
    hosts: hosts.map(each => ('error' in each ? failureDocument(each) : each)),
  })
  return (await showFailures(failures, call)) ?? 0
}

function row({ broker, state, holder }: Exclude<HostLock, { error: unknown }>): readonly string[] {
  return [`broker ${broker}`, state === 'none' ? 'free' : state, holder ?? '-']
}

async function release(call: Call): Promise<ExitCode> {
  const { options, world, output } = call
  const outcomes = await releaseLocks({
    project: await openProject(call),
    world,
    brokers: options.hosts,
    approve: async lines => {
      output.lines(lines.map(line => `  - ${line}`))
      return await approved('End what is at work there?', call)
    },
  })
  const failures = outcomes.flatMap(each => (each.status === 'failed' ? [each] : []))
  output.lines(
    outcomes.flatMap(each =>
      each.status === 'failed' ? [] : [`broker ${each.broker}: ${each.message}`],
    ),
  )
  output.document({
    outcomes: outcomes.map(each => (each.status === 'failed' ? failureDocument(each) : each)),
  })
  return (await showFailures(failures, call)) ?? 0
}
