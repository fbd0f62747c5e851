import {
  authorityIdentities,
  checkCustody,
  checkLifetimes,
  checkPermitted,
} from './authority-checks.js'
import { brokerCommonName, checkBrokers } from './brokers.js'
import type { PlacedDevice } from './devices.js'
import { checkDistinct, type Identity } from './distinct.js'
import type { Fault, Locate } from './document.js'
import type { Draft } from './draft.js'
import type { Path } from './issues.js'
import { checkListeners } from './listeners.js'
import { checkListedRoles, checkRoleMix, checkRoles } from './references.js'

/** Parts that are well formed each, to be looked at together. */
interface Whole {
  readonly draft: Draft
  readonly devices: readonly PlacedDevice[]
  readonly placeOf: Locate
}

/** What is wrong with the parts together: references, clashes, what nobody could use. */
export function checkDraft({ draft, devices, placeOf }: Whole): readonly Fault[] {
  const at = (path: Path) => placeOf(path, 'value').at
  const findings = [
    ...checkBrokers(draft, at),
    ...checkListeners(draft, at),
    ...checkCustody(draft),
    ...checkRoles(draft),
    ...checkRoleMix(devices),
  ]
  return [
    ...findings.map(({ path, target, message, hint }) => ({
      place: placeOf(path, target),
      message,
      hint,
    })),
    ...checkListedRoles(devices, draft),
    ...checkLifetimes(draft, devices, placeOf),
    ...checkPermitted(draft, devices, placeOf),
    ...checkDistinct(identitiesOf({ draft, devices, placeOf })),
  ]
}

function identitiesOf({ draft, devices, placeOf }: Whole): readonly Identity[] {
  // A broker that has no name at all is refused for that.
  const brokers = draft.brokers.filter(({ value }) => brokerCommonName(value) !== '')
  return [
    ...authorityIdentities(draft, placeOf),
    ...brokers.map(({ path, value }) => ({
      name: brokerCommonName(value),
      kind: 'broker' as const,
      place: () =>
        placeOf([...path, value.commonName === undefined ? 'host' : 'commonName'], 'value'),
    })),
    ...draft.users.map(({ path, name }) => ({
      name,
      kind: 'user' as const,
      place: () => placeOf(path, 'key'),
    })),
    ...devices.map(({ device, place }) => ({ name: device.name, kind: 'device' as const, place })),
  ]
}
