import type { PlacedDevice } from './devices.js'
import type { Fault, Locate, Place } from './document.js'
import type { Identity } from './distinct.js'
import type { Draft } from './draft.js'
import type { AuthoritySpec } from './fleet.js'
import type { Finding, Path } from './issues.js'
import { resolveAuthorities, signerOf } from './authorities.js'
import { resolveBroker } from './brokers.js'
import { isPermitted } from './permitted.js'
import { type Refusal, show } from './refusal.js'
import type { Parts } from './schema.js'

/** What each authority is called in a certificate, and where that was written. */
export function authorityIdentities(draft: Draft, placeOf: Locate): readonly Identity[] {
  if (!draft.authority) return []
  const { site = '' } = draft
  return resolveAuthorities(draft.authority, site).flatMap(({ id, commonName }) => {
    const path = [...pathOf[id], 'commonName']
    const isWritten = writtenAt(draft.authority, pathOf[id])?.commonName !== undefined
    // A default is made of the site's name.
    if (!isWritten && draft.site === undefined) return []
    const place = () => placeOf(isWritten ? path : ['site'], 'value')
    return [{ name: commonName, kind: 'authority' as const, place }]
  })
}

/** Keys that would be kept in two ways at once. */
export function checkCustody({ authority }: Draft): readonly Finding[] {
  return Object.values(pathOf).flatMap(path => {
    const { passphrase, custody, key = 'p256' } = writtenAt(authority, path) ?? {}
    const custodyPath = [...path, 'custody']
    if (passphrase !== undefined && custody !== undefined) {
      const message = 'its key cannot be kept by a passphrase and by "custody" at once'
      const hint = 'leave one of the two out'
      return [{ path: custodyPath, target: 'key' as const, message, hint }]
    }
    if (custody === undefined || !('token' in custody) || tokenKeys.includes(key)) return []
    const message = `a token is not asked for a key of ${key}`
    const hint = `say key: ${tokenKeys.join(' or ')}`
    return [{ path: custodyPath, target: 'key' as const, message, hint }]
  })
}

/** Certificates and CRLs that would outlive their authority, and so would end with it, unannounced. */
export function checkLifetimes(
  draft: Draft,
  devices: readonly PlacedDevice[],
  placeOf: Locate,
): readonly Fault[] {
  const { authority, brokers } = draft
  if (!authority) return []
  const fleet = { authorities: resolveAuthorities(authority, draft.site ?? '') }
  const faults = new Map<string, Fault>()
  const check = (days: number, limit: number, place: () => Place) => {
    if (days > limit) faults.set(place().at, { place: place(), ...outlives(days, limit) })
  }
  for (const { id, issuer, lifetimeDays } of fleet.authorities) {
    const above = fleet.authorities.find(each => each.id === issuer)
    if (above === undefined) continue
    check(lifetimeDays, above.lifetimeDays, () => placeOf([...pathOf[id], 'lifetime'], 'value'))
  }
  const limit = { brokers: signerOf(fleet, 'brokers'), devices: signerOf(fleet, 'devices') }
  for (const { path, value } of brokers) {
    const place = () => placeOf([...path, 'lifetime'], 'value')
    check(value.lifetime, limit.brokers.lifetimeDays, place)
  }
  for (const { device, lifetimePlace } of devices)
    check(device.lifetimeDays, limit.devices.lifetimeDays, lifetimePlace)
  const place = () => placeOf(['authority', 'crl', 'lifetime'], 'value')
  for (const { lifetimeDays } of fleet.authorities)
    check(authority.crl.lifetime ?? 0, lifetimeDays, place)
  return [...faults.values()]
}

/** Names that an authority is not permitted to sign for: nobody would accept the certificates. */
export function checkPermitted(
  draft: Draft,
  devices: readonly PlacedDevice[],
  placeOf: Locate,
): readonly Fault[] {
  if (!draft.authority) return []
  const fleet = { authorities: resolveAuthorities(draft.authority, draft.site ?? '') }
  const ofBrokers = signerOf(fleet, 'brokers')
  const ofDevices = signerOf(fleet, 'devices')
  return [
    ...draft.brokers.flatMap(({ path, ...entry }) =>
      resolveBroker({ path, ...entry })
        .names.filter(name => !isPermitted(name, ofBrokers.permitted))
        .map(name => ({ place: placeOf(path, 'key'), ...notPermitted(name, ofBrokers) })),
    ),
    ...devices.flatMap(({ device: { name }, place }) =>
      // OpenSSL takes a common name with a dot in it for a DNS name where there is no other.
      !name.includes('.') || isPermitted(name, ofDevices.permitted)
        ? []
        : [{ place: place(), ...notPermitted(name, ofDevices) }],
    ),
  ]
}

/** What pkcs11-tool makes, and signs with, on any module. */
const tokenKeys: readonly string[] = ['p256', 'p384']

const pathOf: Readonly<Record<AuthoritySpec['id'], Path>> = {
  ca: ['authority'],
  issuing: ['authority', 'issuing'],
  devices: ['authority', 'devices'],
}

type Written = Partial<Pick<Parts['authority'], 'commonName' | 'key' | 'passphrase' | 'custody'>>

function writtenAt(authority: Draft['authority'], path: Path): Written | undefined {
  let at: unknown = authority
  for (const step of path.slice(1)) at = (at as Record<string, unknown> | undefined)?.[step]
  return at as Written | undefined
}

function outlives(days: number, authorityDays: number): Refusal {
  return {
    message: `${String(days)} days is longer than the authority lives, which is ${String(authorityDays)} days`,
    hint: 'shorten it, or lengthen "lifetime" under "authority"',
  }
}

function notPermitted(name: string, { commonName, permitted }: AuthoritySpec): Refusal {
  return {
    message: `authority ${show(commonName)} is not permitted to sign for ${show(name)}`,
    hint: `it has ${permitted.join(', ')} under "permitted": add what holds the name, or rename it`,
  }
}
