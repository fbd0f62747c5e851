import { relative } from 'node:path'
import { BednetError } from '../../error.js'
import { issueDevices } from '../../operations/issue-devices.js'
import type { Project } from '../../operations/load.js'
import { openProject } from '../project.js'
import type { Call, Verb } from '../verb.js'

export const run: Verb = async call => {
  const project = await openProject(call)
  const { from, out, archive } = call.options
  if (from === undefined && (out ?? archive) !== undefined) {
    throw new BednetError('USAGE', '--out and --archive are for the devices of a list', {
      hint: 'name the list: bednet issue --from devices.csv --out DIR',
    })
  }
  if (from === undefined) return await issueNamed(call, project)
  const { issueFrom } = await import('../issue-from.js')
  return await issueFrom(call, project)
}

async function issueNamed({ options, names, world, output }: Call, project: Project): Promise<0> {
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
