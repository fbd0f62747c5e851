import type { SigningRequest } from '../pki/request.js'
import { isWeaker } from '../pki/strength.js'
import type { Device, Fleet } from '../profile/fleet.js'
import { readName } from '../profile/names.js'
import { suggest } from '../profile/nearest.js'
import { isRefusal, show, type Refusal } from '../profile/refusal.js'
import { indexLedger, type Issued, type LedgerEntry, type LedgerIndex } from '../vault/ledger.js'
import { findingOn, hasOwnKey } from './find-due.js'
import { knownNames } from './listed-device.js'

/** What a request is held against. */
interface RequestJudge {
  readonly known: ReturnType<typeof knownNames>
  readonly index: LedgerIndex
  /** Names whose latest certificate is revoked. */
  readonly revokedNames: ReadonlySet<string>
  /** Certificates of devices that have their own keys, by the SHA-256 of the key. */
  readonly holders: ReadonlyMap<string, readonly LedgerEntry<Issued>[]>
  readonly standing: Parameters<typeof findingOn>[2]
  readonly reuseNames: boolean
}

/** A request that may be signed, and why it is; false where its device has the certificate already. */
export interface Admitted {
  readonly device: Device
  readonly request: SigningRequest
  readonly because: string | false
}

export function requestJudge(
  fleet: Fleet,
  entries: readonly LedgerEntry[],
  rest: Pick<RequestJudge, 'standing' | 'reuseNames'>,
): RequestJudge {
  const index = indexLedger(entries)
  const holders = new Map<string, LedgerEntry<Issued>[]>()
  for (const entry of entries) {
    if (entry.act !== 'issued' || entry.request === undefined) continue
    const others = holders.get(entry.request) ?? []
    holders.set(entry.request, [...others, entry])
  }
  const revokedNames = new Set(index.revokedNames('device'))
  return { known: knownNames(fleet), index, revokedNames, holders, ...rest }
}

/** Binds a request to a device that is declared, or says why it must not be signed. */
export async function judgeRequest(
  request: SigningRequest,
  judge: RequestJudge,
): Promise<Admitted | Refusal> {
  const device = deviceOf(request, judge)
  if (isRefusal(device)) return device
  const refusal = weakKey(request, device) ?? spentKey(request, judge) ?? revoked(device, judge)
  if (refusal !== undefined) return refusal
  const entry = judge.index.held('device', device.name)
  const { because } = await findingOn(device, entry, judge.standing)
  if (because !== false) return { device, request, because }
  if (!hasOwnKey(entry, judge.standing))
    return { device, request, because: 'its key was made by bednet until now' }
  const isSame = entry.request === request.keySha256
  return { device, request, because: isSame ? false : 'the device has another key now' }
}

function deviceOf(
  { commonName }: SigningRequest,
  { known: { declared, inventory, taken }, revokedNames }: RequestJudge,
): Device | Refusal {
  const device = declared.get(commonName) ?? inventory.get(commonName)
  if (device !== undefined) return device
  if (taken.has(commonName)) {
    const message = `${show(commonName)} is the name of a user, a broker or the authority`
    return { message, hint: 'a device may not speak for it: make the request with a device’s name' }
  }
  const name = readName('device', commonName)
  if (isRefusal(name)) return name
  const meant = suggest(name, [...declared.keys(), ...inventory.keys()])
  return {
    message: `there is no device ${show(name)}${revokedNames.has(name) ? ': it was revoked' : ''}`,
    hint: meant ?? 'add it under "devices" in the profile first: what it may do stands there',
  }
}

function weakKey({ algorithm }: SigningRequest, { key }: Device): Refusal | undefined {
  if (!isWeaker(algorithm, key)) return undefined
  return {
    message: `its key is ${algorithm}, weaker than the ${key} that is asked of it`,
    hint: `make a key of ${key} or better, or ask for "key: ${algorithm}" where the device is declared`,
  }
}

/** Two devices with one key could each be the other, and a stolen key stays stolen. */
function spentKey(
  { keySha256, commonName }: SigningRequest,
  { index: { revokedSerials }, holders }: RequestJudge,
): Refusal | undefined {
  const held = holders.get(keySha256) ?? []
  const reasonOf = ({ serial }: Issued) => revokedSerials.get(serial)?.reason
  if (held.some(entry => reasonOf(entry) === 'keyCompromise'))
    return { message: 'its key was revoked as compromised', hint: 'make another key' }
  const other = held.find(entry => entry.name !== commonName && reasonOf(entry) === undefined)
  if (other === undefined) return undefined
  const hint = 'make a key of its own on each device'
  return { message: `its key is that of device ${show(other.name)}`, hint }
}

function revoked(
  { name }: Device,
  { revokedNames, reuseNames }: RequestJudge,
): Refusal | undefined {
  if (reuseNames || !revokedNames.has(name)) return undefined
  return {
    message: `the name ${show(name)} was revoked before`,
    hint: 'whoever still trusts the old device would trust this one: take another name, or say --reuse-names',
  }
}
