import { takesPasswords } from '../broker/config.js'
import { readKey } from '../profile/device-list.js'
import type { Device, Fleet } from '../profile/fleet.js'
import { readName } from '../profile/names.js'
import { readDays } from '../profile/quantity.js'
import { unknownRole } from '../profile/references.js'
import { isRefusal, show, type Refusal } from '../profile/refusal.js'
import type { DeviceRow } from './device-rows.js'

/** A sound row: the device, and what else it says of it. */
export interface Listed {
  readonly device: Device
  readonly labels: Readonly<Record<string, string>>
  /** A password is to be drawn for it, beside its certificate. */
  readonly hasPassword: boolean
}

/** How it went with one row. */
export interface RowReport {
  readonly line: number
  readonly name: string
  readonly status: 'issued' | 'kept' | 'refused'
  /** Where its credential lies; undefined where that is a folder of its own, or it has none. */
  readonly batch?: number
  /** Why it was issued now, or refused, or what of the row was not taken. */
  readonly because?: string
  readonly hint?: string
}

/** What a row's device must not be called, and what it may be. */
interface Known {
  readonly fleet: Fleet
  /** The devices of the profile, by name. */
  readonly declared: ReadonlyMap<string, Device>
  /** Those that an earlier list brought, by name: a row need not say again what they are. */
  readonly inventory: ReadonlyMap<string, Device>
  /** Names that something else has: brokers, users. */
  readonly taken: ReadonlySet<string>
  /** How each of all these is spelled, by its lower case. */
  readonly spellings: ReadonlyMap<string, string>
}

export function knownNames(fleet: Fleet): Known {
  const taken = [
    ...fleet.users.map(({ name }) => name),
    ...fleet.brokers.map(({ commonName }) => commonName),
    ...fleet.authorities.map(({ commonName }) => commonName),
  ]
  const all = [...taken, ...fleet.devices.map(({ name }) => name)]
  return {
    fleet,
    spellings: new Map(all.map(name => [name.toLowerCase(), name])),
    declared: byName(fleet.devices.filter(({ isListed }) => !isListed)),
    inventory: byName(fleet.devices.filter(({ isListed }) => isListed)),
    taken: new Set(taken),
  }
}

function byName(devices: readonly Device[]): ReadonlyMap<string, Device> {
  return new Map(devices.map(device => [device.name, device]))
}

/** Reads what a row says, or why it cannot be issued. */
export function readListed({ cells, fault }: DeviceRow, known: Known): Listed | Refusal {
  if (fault !== undefined) return { message: fault, hint: 'mend the row' }
  const name = readName('device', cells.get('name') ?? '')
  if (isRefusal(name)) return name
  if (known.taken.has(name)) {
    const hint = 'no two may share a common name: take another name'
    return { message: `${show(name)} is the name of a user, a broker or the authority`, hint }
  }
  const lookalike = lookalikeOf(name, known)
  if (lookalike !== undefined) return lookalike
  const declared = known.declared.get(name)
  if (declared?.passphrase !== undefined) {
    return {
      message: `the key of ${show(name)} is encrypted`,
      hint: `issue it by itself: bednet issue ${name}`,
    }
  }
  const device = declared === undefined ? newDevice(name, cells, known) : same(declared, cells)
  if (isRefusal(device)) return device
  const labels = readLabels(cells)
  if (isRefusal(labels)) return labels
  const hasPassword = readPassword(cells, device, known)
  return isRefusal(hasPassword) ? hasPassword : { device, labels, hasPassword }
}

/** The profile's own rule: OpenSSL, some disks and most people take `esp-A` and `ESP-a` for one. */
function lookalikeOf(name: string, { spellings, declared, inventory }: Known): Refusal | undefined {
  const other = spellings.get(name.toLowerCase())
  const isKnown = declared.has(name) || inventory.has(name)
  return other === undefined || isKnown ? undefined : differsInCase(name, `"${other}"`)
}

/** @param other who has the name already, in words */
export function differsInCase(name: string, other: string): Refusal {
  return {
    message: `${show(name)} and ${other} differ in nothing but case`,
    hint: 'some programs and disks take them for one: spell it the same, or take another name',
  }
}

function newDevice(
  name: string,
  cells: DeviceRow['cells'],
  { fleet, inventory }: Known,
): Device | Refusal {
  const before = inventory.get(name)
  const role = readRole(cells.get('role') ?? before?.role, fleet)
  if (isRefusal(role)) return role
  const lifetime = cells.get('lifetime')
  const lifetimeDays =
    lifetime === undefined ? (before?.lifetimeDays ?? defaultDays) : readDays(lifetime)
  if (isRefusal(lifetimeDays)) return lifetimeDays
  const key = readKey(cells.get('key') ?? before?.key ?? 'p256')
  if (isRefusal(key)) return key
  return { name, role, lifetimeDays, key, ...asListed }
}

/** Why a device cannot be one of a batch, which has PEM alone; undefined where it can. */
export function whyNotInBatch({ name, formats }: Device): Refusal | undefined {
  if (formats.every(format => format === 'pem')) return undefined
  return {
    message: `a list is issued as PEM, and the profile has ${formats.slice(1).join(', ')} for ${show(name)}`,
    hint: `issue it by itself first: bednet issue ${name}`,
  }
}

/** What no list has: a passphrase is a file of its own, and so is each format. */
const asListed = {
  passphrase: undefined,
  formats: ['pem'],
  platform: undefined,
  isListed: true,
} as const

/** As of the profile's own devices, which say no other. */
const defaultDays = 365

/** Drawn, never written: whoever copies a list of passwords copies the passwords. */
function readPassword(
  cells: DeviceRow['cells'],
  { name, isListed }: Device,
  { fleet, inventory }: Known,
): boolean | Refusal {
  const cell = cells.get('password')
  if (cell === undefined) return inventory.get(name)?.passwordBatch !== undefined
  if (cell !== 'generated') {
    const hint = 'write "generated": one is drawn, and handed out beside the certificate'
    return { message: 'the row has a password in it', hint }
  }
  if (!takesPasswords(fleet)) {
    const hint = 'let one "admit: password" or "certificate+password", or leave the column empty'
    return { message: 'no listener takes a password', hint }
  }
  if (name.includes(':')) {
    const hint = 'a password file ends a name at its first colon: take another name'
    return { message: `${show(name)} can have no password`, hint }
  }
  if (isListed === true) return true
  const hint = 'leave the column empty, or take the device out of the profile: the list is enough'
  return { message: `${show(name)} is of the profile, whose devices have no password`, hint }
}

/** The profile has the last word of its own devices. */
function same(declared: Device, cells: DeviceRow['cells']): Device | Refusal {
  const role = cells.get('role')
  if (role === undefined || role === declared.role) return declared
  return {
    message: `the profile gives ${show(declared.name)} the role "${declared.role}", not ${show(role)}`,
    hint: 'change one of the two',
  }
}

function readRole(role: string | undefined, { roles }: Fleet): string | Refusal {
  const names = roles.map(({ name }) => name)
  const [only] = names
  if (role === undefined && only !== undefined && names.length === 1) return only
  if (role !== undefined && names.includes(role)) return role
  if (role !== undefined) return unknownRole(role, names)
  return { message: 'the row has no role', hint: `the roles are ${names.join(', ')}` }
}

const ownColumns = new Set(['name', 'role', 'lifetime', 'key', 'password'])

function readLabels(cells: DeviceRow['cells']): Readonly<Record<string, string>> | Refusal {
  const labels = [...cells].filter(([column]) => !ownColumns.has(column))
  const odd = labels.find(pair => pair.some(text => text.length > 256 || /\p{Cc}/u.test(text)))
  if (odd === undefined) return Object.fromEntries(labels)
  return {
    message: `the label ${show(odd[0])} has a control character or is longer than 256 characters`,
    hint: 'shorten it',
  }
}
