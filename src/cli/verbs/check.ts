import { loadProject } from '../../operations/load.js'
import type { Fleet } from '../../profile/fleet.js'
import type { Verb } from '../verb.js'

export const run: Verb = async ({ options, output }) => {
  const { fleet } = await loadProject(options.profile)
  const counts = countsOf(fleet)
  const { paint } = output
  output.lines([
    `${paint.green('ok')} ${options.profile}: site ${paint.bold(fleet.site)}`,
    `   ${Object.entries(counts)
      .map(([what, count]) => counted(what, count))
      .join(', ')}`,
  ])
  output.document({ ok: true, profile: options.profile, site: fleet.site, ...counts })
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
