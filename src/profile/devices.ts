import type { Draft, Entry } from './draft.js'
import { type DeviceListSource, type ListedDevice, readDeviceList } from './device-list.js'
import type { Fault, Place, ProfileDocument } from './document.js'
import type { Device } from './fleet.js'
import { type Format, platformFacts } from './platform.js'
import type { Path } from './issues.js'
import { mostDevices, type NameRange } from './range.js'
import type { Refusal } from './refusal.js'
import type { Parts } from './schema.js'

/** A device, and where what is known of it was written. */
export interface PlacedDevice {
  readonly device: Device
  readonly place: () => Place
  /** Only where a row of a device list gave it: the profile's own are looked at without devices. */
  readonly listedRole: (() => Place) | undefined
  readonly lifetimePlace: () => Place
  readonly keyPlace: () => Place
}

/** What finding the devices takes besides the profile itself. */
interface DeviceSources {
  readonly document: ProfileDocument
  readonly profile: string
  readonly readFile: DeviceListSource['readFile']
}

/** Writes out all ranges and lists; rows of a list that are refused are left out. */
export function expandDevices(
  draft: Draft,
  sources: DeviceSources,
): { devices: readonly PlacedDevice[]; faults: readonly Fault[] } {
  const expansion: Expansion = { ...sources, devices: [], faults: [] }
  for (const entry of draft.devices) expandEntry(expansion, entry)
  return expansion
}

interface Expansion extends DeviceSources {
  readonly devices: PlacedDevice[]
  readonly faults: Fault[]
}

type DevicePart = Parts['device']

function expandEntry(expansion: Expansion, { path, value }: Entry<DevicePart>): void {
  const { names, from } = value
  if (names && from !== undefined) refuse(expansion, [...path, 'from'], bothSources)
  else if (names) expandNames(expansion, { path, value }, names)
  else if (from !== undefined) expandList(expansion, { path, value }, from)
  else refuse(expansion, path, noSource)
}

function refuse({ document, faults }: Expansion, path: Path, refusal: Refusal): void {
  faults.push({ place: document.place(path, 'value'), ...refusal })
}

const bothSources: Refusal = {
  message: 'both "names" and "from" say which devices these are',
  hint: 'make two entries of it',
}

const noSource: Refusal = {
  message: '"names" is missing, and "from" too',
  hint: 'add "names: esp32-{001..100}" or "from: devices.csv"',
}

function expandNames(
  expansion: Expansion,
  { path, value }: Entry<DevicePart>,
  ranges: readonly NameRange[],
): void {
  for (const [index, range] of ranges.entries()) {
    // Where "names" is one text, the deepest place that was written is that text.
    const at = [...path, 'names', index]
    const refusal = whyTooMany(expansion, range)
    if (refusal) refuse(expansion, at, refusal)
    else expandRange(expansion, { path: at, value }, range)
  }
}

function whyTooMany(
  { devices }: Expansion,
  { count }: Pick<NameRange, 'count'>,
): Refusal | undefined {
  const total = devices.length + count
  if (total <= mostDevices) return undefined
  return {
    message: `with these there are ${total.toLocaleString('en')} devices`,
    hint: `a profile may hold ${mostDevices.toLocaleString('en')}; make two sites of it`,
  }
}

function expandRange(expansion: Expansion, entry: Entry<DevicePart>, range: NameRange): void {
  const placeOf = (path: Path) => () => expansion.document.place(path, 'value')
  const entryPath = entry.path.slice(0, 2)
  const places = {
    place: placeOf(entry.path),
    listedRole: undefined,
    lifetimePlace: placeOf([...entryPath, 'lifetime']),
    keyPlace: placeOf([...entryPath, 'key']),
  }
  for (const name of range.names()) {
    expansion.devices.push({ device: deviceOf(entry.value, { name }), ...places })
  }
}

function expandList(expansion: Expansion, { path, value }: Entry<DevicePart>, from: string): void {
  const { document, profile, readFile, faults, devices } = expansion
  const placeOf = (key: string) => document.place([...path, key], 'value')
  const list = readDeviceList({ path: from, from: placeOf('from'), profile, readFile })
  for (const fault of list.faults) faults.push(fault)
  const refusal = whyTooMany(expansion, { count: list.devices.length })
  if (refusal) {
    refuse(expansion, [...path, 'from'], refusal)
    return
  }
  for (const row of list.devices) {
    devices.push({
      device: deviceOf(value, row),
      place: () => row.placeOf('name'),
      listedRole: row.role === undefined ? undefined : () => row.placeOf('role'),
      lifetimePlace: () =>
        row.lifetimeDays === undefined ? placeOf('lifetime') : row.placeOf('lifetime'),
      keyPlace: () => (row.key === undefined ? placeOf('key') : row.placeOf('key')),
    })
  }
}

function deviceOf(
  entry: DevicePart,
  own: Pick<ListedDevice, 'name'> & Partial<ListedDevice>,
): Device {
  const { platform } = entry
  return {
    name: own.name,
    role: own.role ?? entry.role,
    lifetimeDays: own.lifetimeDays ?? entry.lifetime,
    key: own.key ?? entry.key ?? (platform && platformFacts[platform].key) ?? 'p256',
    passphrase: entry.passphrase,
    formats: formatsOf(entry),
    platform,
  }
}

function formatsOf({ platform, formats: written }: DevicePart): readonly Format[] {
  const more = written ?? (platform && platformFacts[platform].formats) ?? []
  return [...new Set<Format>(['pem', ...more])]
}
