import { loadProject } from '../../operations/load.js'
import { remarksOn } from '../../operations/remarks.js'
import type { Fleet } from '../../profile/fleet.js'
import { printable } from '../printable.js'
import { remarkLine } from '../project.js'
import type { Verb } from '../verb.js'

export const run: Verb = async ({ options, output, world }) => {
  const loaded = await loadProject(options.profile)
  const { fleet } = loaded
  const remarks = await remarksOn(loaded, loaded, world)
  const counts = countsOf(fleet)
  const { paint } = output
  output.lines([
    `${paint.green('ok')} ${options.profile}: site ${paint.bold(fleet.site)}`,
    `   ${Object.entries(counts)
      .map(([what, count]) => counted(what, count))
      .join(', ')}`,
    ...remarks.map(remark =>
      (remark.kind === 'warning' ? paint.yellow : paint.dim)(printable(remarkLine(remark))),
    ),
  ])
  output.document({ ok: true, profile: options.profile, site: fleet.site, ...counts, remarks })
  return 0
}

/** By the words of the profile, in its order. */
function countsOf({ brokers, listeners, users, devices, roles }: Fleet) {
  return {
    brokers: brokers.length,
    listeners: listeners.length,
    users: users.length,
    devices: devices.length,
    roles: roles.length,
  }
}

function counted(plural: string, count: number): string {
  return `${String(count)} ${count === 1 ? plural.replace(/s$/, '') : plural}`
}
