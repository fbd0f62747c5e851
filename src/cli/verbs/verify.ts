import { verifyFleet } from '../../operations/verify-fleet.js'
import { failureDocument, showFailures } from '../failures.js'
import { hostsAtOnce } from '../limits.js'
import { openProject } from '../project.js'
import { hasFailed, showProofs } from '../proof-table.js'
import type { Verb } from '../verb.js'

const verificationFailed = 3

export const run: Verb = async call => {
  const { options, world, output } = call
  const project = await openProject(call)
  const verifications = await verifyFleet({
    project,
    world,
    brokers: options.hosts,
    parallel: hostsAtOnce(options),
  })
  for (const each of verifications) {
    if ('proofs' in each) showProofs(each.broker, each.proofs, output)
  }
  output.document({
    brokers: verifications.map(each => ('proofs' in each ? each : failureDocument(each))),
  })
  const failures = verifications.flatMap(each => ('error' in each ? [each] : []))
  const isFailed = verifications.some(each => 'proofs' in each && hasFailed(each.proofs))
  return (await showFailures(failures, call)) ?? (isFailed ? verificationFailed : 0)
}
