import type { KeyAlgorithm } from '../algorithm.js'
import type { Mistake } from '../error.js'
import type { PlacedDevice } from './devices.js'
import { byPlace, type Locate, type Place } from './document.js'
import type { Draft } from './draft.js'
import type { Signed } from './fleet.js'
import { type Platform, platformFacts } from './platform.js'

/** What is worth a word about a sound profile: no mistake, and nothing is refused for it. */
export interface Remark extends Mistake {
  /** A choice is what a platform has decided; its hint is the reason. */
  readonly kind: 'warning' | 'choice'
}

/** What remarks depend on besides the profile. */
export interface Circumstances {
  readonly now: Date
  /** When the root ends, and what signs each kind; undefined where the vault has none yet. */
  readonly ends: Readonly<Record<'root' | Signed, Date | undefined>>
}

interface Whole {
  readonly draft: Draft
  readonly devices: readonly PlacedDevice[]
  readonly placeOf: Locate
}

interface Placed {
  readonly kind: Remark['kind']
  readonly place: Place
  readonly message: string
  readonly hint: string
}

/** Remarks in the order of the file, each once for its place. */
export function remarksOn(whole: Whole, circumstances: Circumstances): readonly Remark[] {
  const certificates = certificatesOf(whole, circumstances)
  const placed = [
    ...choices(whole),
    ...uselessKeys(whole),
    ...uncheckedKeys(whole),
    ...longChains(whole),
    ...certificates.flatMap(each => [...endsTooLate(each, circumstances)]),
    ...certificates.flatMap(each => [...refusedForLength(each)]),
  ]
  const remarks = new Map<string, Remark>()
  for (const { kind, place, message, hint } of [...placed].sort(byPlace)) {
    remarks.set(`${place.at} ${message}`, { kind, at: place.at, message, hint })
  }
  return [...remarks.values()]
}

function* choices({ draft, placeOf }: Whole): Generator<Placed> {
  for (const { path, value } of draft.devices) {
    const { platform, key, formats } = value
    if (platform === undefined) continue
    const facts = platformFacts[platform]
    const place = placeOf([...path, 'platform'], 'value')
    const chosen = (message: string, hint: string) =>
      ({ kind: 'choice', place, message, hint }) as const
    if (key === undefined) yield chosen(`key ${facts.key} for ${platform}`, facts.whyKey)
    if (formats === undefined) {
      const all = ['pem', ...facts.formats].join(', ')
      yield chosen(`formats ${all} for ${platform}`, facts.whyFormats)
    }
    if (facts.needsShortChain)
      yield chosen(`a short chain for ${platform}`, 'each certificate takes memory that it lacks')
  }
}

/** Keys that a device's own platform cannot use. */
function* uselessKeys({ devices }: Whole): Generator<Placed> {
  for (const { device, keyPlace } of devices) {
    const facts = device.platform && platformFacts[device.platform]
    if (facts?.notOwn.includes(device.key) !== true) continue
    yield {
      kind: 'warning',
      place: keyPlace(),
      message: `${String(device.platform)} cannot use a key of kind ${device.key}`,
      hint: `${facts.whyNot}; leave "key" out for ${facts.key}`,
    }
  }
}

/** Keys of the authority and of brokers that a device's platform cannot check. */
function* uncheckedKeys({ draft, devices, placeOf }: Whole): Generator<Placed> {
  const keys: readonly (readonly [KeyAlgorithm, Place])[] = [
    ...(draft.authority
      ? [[draft.authority.key, placeOf(['authority', 'key'], 'value')] as const]
      : []),
    ...(draft.authority?.issuing
      ? [[draft.authority.issuing.key, placeOf(['authority', 'issuing', 'key'], 'value')] as const]
      : []),
    ...draft.brokers.map(
      ({ path, value }) => [value.key, placeOf([...path, 'key'], 'value')] as const,
    ),
  ]
  for (const [key, place] of keys) {
    const unable = platformsOf(devices).filter(name => platformFacts[name].notOthers.includes(key))
    const [first] = unable
    if (first === undefined) continue
    yield {
      kind: 'warning',
      place,
      message: `${listed(unable)} cannot check what a key of kind ${key} has signed`,
      hint: `${platformFacts[first].whyNot}: take ${platformFacts[first].key}`,
    }
  }
}

function* longChains({ draft, devices, placeOf }: Whole): Generator<Placed> {
  const short = platformsOf(devices).filter(name => platformFacts[name].needsShortChain)
  if (draft.authority?.issuing === undefined || short.length === 0) return
  yield {
    kind: 'warning',
    place: placeOf(['authority', 'issuing'], 'key'),
    message: `an issuing authority makes the chain longer, and ${listed(short)} may lack the memory`,
    hint: 'leave "issuing" out, and the root signs; or see that the broker gets in with it',
  }
}

/** A certificate that would be made now, or that is. */
interface Certificate {
  readonly of: 'authority' | 'broker' | 'device'
  readonly days: number
  readonly end: Date
  /** When what signs it ends. */
  readonly signerEnd: Date | undefined
  /** Whose clock has to know its end. */
  readonly readers: readonly Platform[]
  readonly place: () => Place
}

function certificatesOf(
  { draft, devices, placeOf }: Whole,
  { now, ends }: Circumstances,
): readonly Certificate[] {
  const readers = platformsOf(devices)
  const end = (days: number) => new Date(now.getTime() + days * msPerDay)
  const lifetime = (days: number) => ({ days, end: end(days) })
  const authority = draft.authority && {
    of: 'authority' as const,
    ...lifetime(draft.authority.lifetime),
    ...(ends.root && { end: ends.root }),
    signerEnd: undefined,
    readers,
    place: () => placeOf(['authority', 'lifetime'], 'value'),
  }
  return [
    ...(authority ? [authority] : []),
    ...draft.brokers.map(({ path, value }) => ({
      of: 'broker' as const,
      ...lifetime(value.lifetime),
      signerEnd: ends.brokers,
      readers,
      place: () => placeOf([...path, 'lifetime'], 'value'),
    })),
    ...devices.map(({ device, lifetimePlace }) => ({
      of: 'device' as const,
      ...lifetime(device.lifetimeDays),
      signerEnd: ends.devices,
      readers: device.platform === undefined ? [] : [device.platform],
      place: lifetimePlace,
    })),
  ]
}

/** Past its authority, or past what a clock of 32 bits can count. */
function* endsTooLate(
  { of, end, signerEnd, days, readers, place }: Certificate,
  { now }: Circumstances,
): Generator<Placed> {
  if (signerEnd !== undefined && end > signerEnd) {
    yield {
      kind: 'warning',
      place: place(),
      message: `${String(days)} days from now the authority is no more: what it signs now ends with it on ${dayOf(signerEnd)}`,
      hint: 'nobody would accept it for longer; plan for another authority before then',
    }
  }
  const short = readers.filter(name => platformFacts[name].has32BitTime)
  const last = signerEnd !== undefined && end > signerEnd ? signerEnd : end
  if (short.length === 0 || last <= lastSecond) return
  const left = Math.floor((lastSecond.getTime() - now.getTime()) / msPerDay)
  yield {
    kind: 'warning',
    place: place(),
    message: `the certificate of the ${of} would end on ${dayOf(last)}, which ${listed(short)} may take for 1901`,
    hint: `a clock of 32 bits ends on ${dayOf(lastSecond)}: ${left > 0 ? `${String(left)}d are left until then` : 'use devices that have another'}`,
  }
}

/** Of brokers alone: nobody limits how long a client's certificate is good. */
function* refusedForLength({ of, days, readers, place }: Certificate): Generator<Placed> {
  if (of !== 'broker') return
  for (const name of readers) {
    const most = platformFacts[name].brokerDays
    // A certificate begins a day before it is made.
    if (most === undefined || days < most) continue
    yield {
      kind: 'warning',
      place: place(),
      message: `${name} refuses a broker's certificate that is good for more than ${String(most)} days`,
      hint: `take ${String(most - 1)}d at most: it begins a day before it is made`,
    }
  }
}

function platformsOf(devices: readonly PlacedDevice[]): readonly Platform[] {
  return [...new Set(devices.flatMap(({ device }) => device.platform ?? []))]
}

function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ')
}

/** The last that a time_t of 32 bits can hold. */
const lastSecond = new Date(0x7fffffff * 1000)
const msPerDay = 24 * 60 * 60 * 1000

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
