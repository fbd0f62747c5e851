import { relative } from 'node:path'
import { issueDevices } from '../../operations/issue-devices.js'
import { openProject } from '../project.js'
import type { Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, names, world, output } = call
  const project = await openProject(call)
  const { reuseNames } = options
  const devices = await issueDevices({ project, world, names, reuseNames })
  const issued = devices.filter(({ because }) => because !== false)
  output.table(
    ['device', 'role', 'good until', 'credential', 'why'],
    devices.map(({ name, role, notAfter, folder, because }) => [
      name,
      role ?? '-',
      notAfter?.slice(0, 10) ?? '-',
      folder === undefined ? '-' : relative('', folder),
      because === false ? output.paint.dim('kept: it is good') : because,
    ]),
  )
  output.lines([`${String(issued.length)} issued, ${String(devices.length - issued.length)} kept`])
  output.document({ devices })
  return 0
}
