import type { KeyAlgorithm } from '../algorithm.js'
import type { Mistake } from '../error.js'
import type { PlacedDevice } from './devices.js'
import { byPlace, type Locate, type Place } from './document.js'
import type { Draft } from './draft.js'
import { type Platform, platformFacts } from './platform.js'

/** What is worth a word about a sound profile: no mistake, and nothing is refused for it. */
export interface Remark extends Mistake {
  /** A choice is what a platform has decided; its hint is the reason. */
  readonly kind: 'warning' | 'choice'
}

/** What remarks depend on besides the profile. */
export interface Circumstances {
  readonly now: Date
  /** Of the authority in the vault; undefined where there is none yet. */
  readonly authorityEnd: Date | undefined
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

/** A certificate that would be made now, or that is. */
interface Certificate {
  readonly of: 'authority' | 'broker' | 'device'
  readonly days: number
  readonly end: Date
  /** Whose clock has to know its end. */
  readonly readers: readonly Platform[]
  readonly place: () => Place
}

function certificatesOf(
  { draft, devices, placeOf }: Whole,
  { now, authorityEnd }: Circumstances,
): readonly Certificate[] {
  const readers = platformsOf(devices)
  const end = (days: number) => new Date(now.getTime() + days * msPerDay)
  const lifetime = (days: number) => ({ days, end: end(days) })
  const authority = draft.authority && {
    of: 'authority' as const,
    ...lifetime(draft.authority.lifetime),
    ...(authorityEnd && { end: authorityEnd }),
    readers,
    place: () => placeOf(['authority', 'lifetime'], 'value'),
  }
  return [
    ...(authority ? [authority] : []),
    ...draft.brokers.map(({ path, value }) => ({
      of: 'broker' as const,
      ...lifetime(value.lifetime),
      readers,
      place: () => placeOf([...path, 'lifetime'], 'value'),
    })),
    ...devices.map(({ device, lifetimePlace }) => ({
      of: 'device' as const,
      ...lifetime(device.lifetimeDays),
      readers: device.platform === undefined ? [] : [device.platform],
      place: lifetimePlace,
    })),
  ]
}

/** Past its authority, or past what a clock of 32 bits can count. */
function* endsTooLate(
  { of, end, days, readers, place }: Certificate,
  { now, authorityEnd }: Circumstances,
): Generator<Placed> {
  if (of !== 'authority' && authorityEnd !== undefined && end > authorityEnd) {
    yield {
      kind: 'warning',
      place: place(),
      message: `${String(days)} days from now the authority is no more: what it signs now ends with it on ${dayOf(authorityEnd)}`,
      hint: 'nobody would accept it for longer; plan for another authority before then',
    }
  }
  const short = readers.filter(name => platformFacts[name].has32BitTime)
  const last = authorityEnd !== undefined && end > authorityEnd ? authorityEnd : end
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
