import { relative } from 'node:path'
import { issueDevices } from '../../operations/issue-devices.js'
import type { Project } from '../../operations/load.js'
import { outletOf, placeOf } from '../outlet.js'
import { openWarning } from '../project.js'
import type { Call, ExitCode, Verb } from '../verb.js'

export const run: Verb = async call => {
  const project = await openWarning(call)
  const { from, csrs } = call.options
  if (csrs.length > 0) {
    const { issueSigned } = await import('../issue-csr.js')
    return await issueSigned(call, project)
  }
  if (from === undefined) return await issueNamed(call, project)
  const { issueFrom } = await import('../issue-from.js')
  return await issueFrom(call, project)
}

async function issueNamed(call: Call, project: Project): Promise<ExitCode> {
  const { options, names, world, output } = call
  const { reuseNames } = options
  const outlet = outletOf(call)
  const devices = await issueDevices({ project, world, names, outlet, reuseNames })
  const issued = devices.filter(({ because, isAwaited }) => because !== false && !isAwaited)
  const waiting = devices.filter(({ isAwaited }) => isAwaited)
  output.table(
    ['device', 'role', 'good until', 'credential', 'why'],
    devices.map(({ name, role, notAfter, folder, because, files, isAwaited }) => [
      name,
      role ?? '-',
      notAfter?.slice(0, 10) ?? '-',
      folder === undefined ? '-' : relative('', folder),
      because === false
        ? output.paint.dim(files === false ? 'kept: it is good' : `kept; files made: it ${files}`)
        : isAwaited
          ? output.paint.yellow(`needs a new signing request: ${because}`)
          : because,
    ]),
  )
  const kept = devices.length - issued.length - waiting.length
  const wait = waiting.length === 0 ? '' : `, ${String(waiting.length)} to ask with --csr`
  output.lines([`${String(issued.length)} issued, ${String(kept)} kept${wait}`])
  if (outlet !== undefined) output.lines([`credentials, with private keys: ${placeOf(outlet)}`])
  output.document({ devices })
  return waiting.length === 0 ? 0 : 1
}
