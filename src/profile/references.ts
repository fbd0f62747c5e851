import type { PlacedDevice } from './devices.js'
import type { Fault } from './document.js'
import type { Draft } from './draft.js'
import type { Finding } from './issues.js'
import { suggest } from './nearest.js'
import { type Refusal, show } from './refusal.js'

/** Roles that users or devices are given, and that the profile does not have. */
export function checkRoles({ roleUses, written }: Draft): readonly Finding[] {
  const known = new Set(written.roles)
  return roleUses
    .filter(({ value }) => !known.has(value))
    .map(({ path, value }) => ({ path, target: 'value', ...unknownRole(value, written.roles) }))
}

/** The same for the roles that rows of a device list ask for. */
export function checkListedRoles(
  devices: readonly PlacedDevice[],
  { written }: Draft,
): readonly Fault[] {
  const known = new Set(written.roles)
  return devices.flatMap(({ device, listedRole }) =>
    !listedRole || known.has(device.role)
      ? []
      : [{ place: listedRole(), ...unknownRole(device.role, written.roles) }],
  )
}

/** Why a role that is not there is refused. */
export function unknownRole(role: string, known: readonly string[]): Refusal {
  const all =
    known.length > 0 ? `the roles are ${known.join(', ')}` : 'the profile has no roles yet'
  return {
    message: `unknown role ${show(role)}`,
    hint: suggest(role, known) ?? `${all}; add it under "roles"`,
  }
}

// With several device roles, rights are a block per device, and Mosquitto 2.0 takes a second for
// each 3,000 of them at every start and reload.
const mostDevicesOfSeveralRoles = 10_000

/** More devices of different roles than Mosquitto 2.0 can load in bearable time. */
export function checkRoleMix(devices: readonly PlacedDevice[]): readonly Finding[] {
  const roles = new Set(devices.map(({ device }) => device.role))
  if (roles.size < 2 || devices.length <= mostDevicesOfSeveralRoles) return []
  const most = mostDevicesOfSeveralRoles.toLocaleString('en')
  return [
    {
      path: ['devices'],
      target: 'key',
      message:
        `${devices.length.toLocaleString('en')} devices have ${String(roles.size)} roles; ` +
        `beyond ${most}, Mosquitto 2.0 takes too long to load their rights`,
      hint: 'give all devices one role with "%u" in its topics, or make a site for each role',
    },
  ]
}
