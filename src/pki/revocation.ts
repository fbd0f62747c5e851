import { BednetError } from '../error.js'
import { authorityKeyIdOf, type Authority } from './authority.js'
import { subjectBytes } from './certificate.js'
import {
  decode,
  decodeTime,
  encode,
  encodeMany,
  encodeObjectId,
  encodeTime,
  encodeUnsigned,
  nth,
  tags,
  type Element,
} from './der.js'
import { decodePem, encodePem } from './pem.js'
import { hexSerial, serialBytes } from './serial.js'
import { signatureIdentifier, signContent } from './signature.js'

/** Why a certificate was revoked; RFC 5280 5.3.1, without what is for authorities or deltas. */
export type RevocationReason = keyof typeof reasonCodes

const reasonCodes = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const

/** One certificate that is no longer to be believed. */
export interface Revoked {
  /** Hex, as in `CertificateFacts`. */
  readonly serial: string
  readonly revokedAt: Date
  readonly reason: RevocationReason
}

/** What a revocation list is to say. */
export interface NewRevocationList {
  /** Counts up with each list of an authority. */
  readonly number: number
  readonly thisUpdate: Date
  /** From here on a broker turns everybody away, the good as well. */
  readonly nextUpdate: Date
  readonly revoked: readonly Revoked[]
}

/** What a revocation list says, as far as bednet asks. */
export interface RevocationListFacts {
  /** Undefined where the list, not bednet's own, carries none. */
  readonly number: number | undefined
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  /** In the spelling of `CertificateFacts`, so that the two can be compared. */
  readonly serials: readonly string[]
}

/**
 * A revocation list in PEM, version 2, labelled `X509 CRL`, the only label Mosquitto reads. Written
 * straight into DER: the time grows with the entries, not with their square.
 * @throws BednetError USAGE for a serial that is none, or a list that has ended before it begins
 * @example
 * ```ts
 * import { createAuthority, revocationListFacts, signRevocationList } from 'bednet/pki'
 * import type { NewRevocationList, Revoked, RevocationReason } from 'bednet/pki'
 *
 * const thisUpdate = new Date('2026-01-01T00:00:00Z')
 * const nextUpdate = new Date('2036-01-01T00:00:00Z')
 * const authority = await createAuthority({
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   notBefore: thisUpdate,
 *   notAfter: nextUpdate,
 *   serial: '4D0000000000000000000001',
 * })
 * const reason: RevocationReason = 'keyCompromise'
 * const stolen: Revoked = { serial: '4D0000000000000000000002', revokedAt: thisUpdate, reason }
 * const wanted: NewRevocationList = { number: 1, thisUpdate, nextUpdate, revoked: [stolen] }
 * const list = await signRevocationList(authority, wanted)
 * list.split('\n')[0] // => '-----BEGIN X509 CRL-----'
 * revocationListFacts(list).serials // => ['4D0000000000000000000002']
 * ```
 */
export async function signRevocationList(
  authority: Authority,
  wanted: NewRevocationList,
): Promise<string> {
  if (!(wanted.thisUpdate < wanted.nextUpdate)) {
    throw new BednetError('USAGE', `a revocation list "${String(wanted.number)}" is never valid`, {
      hint: 'nextUpdate must come after thisUpdate: an expired list locks every client out',
    })
  }
  const content = encode(
    tags.sequence,
    encodeUnsigned(versionTwo),
    signatureIdentifier(authority.key),
    subjectBytes(authority.certificate),
    encodeTime(wanted.thisUpdate),
    encodeTime(wanted.nextUpdate),
    // RFC 5280 5.1.2.6: where nothing is revoked, the list of the revoked must be absent.
    ...(wanted.revoked.length === 0
      ? []
      : [encodeMany(tags.sequence, [...entriesOf(wanted.revoked)])]),
    encode(listExtensionsTag, listExtensions(authority, wanted.number)),
  )
  return encodePem('X509 CRL', await signContent(content, authority.key))
}

/**
 * Reads the first revocation list of a PEM. Checks no signature and no date.
 * @throws BednetError CERTIFICATE_UNREADABLE where there is none, or it is damaged
 * @example
 * ```ts
 * import { createAuthority, revocationListFacts, signRevocationList } from 'bednet/pki'
 * import type { RevocationListFacts } from 'bednet/pki'
 *
 * const thisUpdate = new Date('2026-01-01T00:00:00Z')
 * const nextUpdate = new Date('2036-01-01T00:00:00Z')
 * const authority = await createAuthority({
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   notBefore: thisUpdate,
 *   notAfter: nextUpdate,
 *   serial: '4D0000000000000000000001',
 * })
 * const list = await signRevocationList(authority, { number: 7, thisUpdate, nextUpdate, revoked: [] })
 * const facts: RevocationListFacts = revocationListFacts(list)
 * facts // => { number: 7, thisUpdate, nextUpdate, serials: [] }
 * ```
 */
export function revocationListFacts(pem: string): RevocationListFacts {
  const der = decodePem('X509 CRL', pem)
  if (der === undefined) {
    throw new BednetError('CERTIFICATE_UNREADABLE', 'this is no revocation list in PEM', {
      hint: 'it must hold a block that begins with "-----BEGIN X509 CRL-----", whole',
    })
  }
  const fields = decode(nth(decode(nth(decode(der), 0).content), 0).content)
  // Version 1 has no version field, and nothing else here is an INTEGER.
  const [, , thisUpdate, nextUpdate, ...rest] = fields.filter(({ tag }) => tag !== tags.integer)
  if (thisUpdate === undefined || nextUpdate === undefined || !isTime(nextUpdate)) {
    throw new BednetError('CERTIFICATE_UNREADABLE', 'the revocation list does not say its end', {
      hint: 'have its authority sign one with a nextUpdate',
    })
  }
  return {
    number: numberIn(rest.find(({ tag }) => tag === listExtensionsTag)),
    thisUpdate: decodeTime(thisUpdate),
    nextUpdate: decodeTime(nextUpdate),
    serials: serialsIn(rest.find(({ tag }) => tag === tags.sequence)),
  }
}

const versionTwo = 1
const listExtensionsTag = 0xa0
const objectIds = {
  crlNumber: encodeObjectId('2.5.29.20'),
  reasonCode: encodeObjectId('2.5.29.21'),
  authorityKeyId: encodeObjectId('2.5.29.35'),
} as const

/** The entries in order, a thousand to a buffer: a hundred thousand small ones take longer to look after. */
function* entriesOf(revoked: readonly Revoked[]): Generator<Buffer> {
  const encodeEntry = entryEncoder()
  for (let at = 0; at < revoked.length; at += 1000)
    yield Buffer.concat(revoked.slice(at, at + 1000).map(encodeEntry))
}

/** What follows a serial is encoded once for all that were revoked together. */
function entryEncoder(): (revoked: Revoked) => Buffer {
  const known = new Map<string, Buffer>()
  return ({ serial, revokedAt, reason }) => {
    const key = `${String(revokedAt.getTime())} ${reason}`
    let rest = known.get(key)
    if (rest === undefined) known.set(key, (rest = timeAndReason(revokedAt, reason)))
    return encode(tags.sequence, encodeUnsigned(serialBytes(serial)), rest)
  }
}

function timeAndReason(revokedAt: Date, reason: RevocationReason): Buffer {
  const time = encodeTime(revokedAt)
  // RFC 5280 5.3.1: say nothing rather than `unspecified`.
  if (reason === 'unspecified') return time
  const code = encode(tags.enumerated, Buffer.of(reasonCodes[reason]))
  return Buffer.concat([time, encode(tags.sequence, extension(objectIds.reasonCode, code))])
}

function listExtensions(authority: Authority, number: number): Buffer {
  const keyId = encode(0x80, Buffer.from(authorityKeyIdOf(authority), 'hex'))
  return encode(
    tags.sequence,
    extension(objectIds.authorityKeyId, encode(tags.sequence, keyId)),
    extension(objectIds.crlNumber, encodeUnsigned(number)),
  )
}

function extension(objectId: Buffer, value: Buffer): Buffer {
  return encode(tags.sequence, objectId, encode(tags.octetString, value))
}

function isTime({ tag }: Element): boolean {
  return tag === tags.utcTime || tag === tags.generalizedTime
}

function serialsIn(revoked: Element | undefined): readonly string[] {
  if (revoked === undefined) return []
  return decode(revoked.content).map(({ content }) => hexSerial(nth(decode(content), 0).content))
}

function numberIn(extensions: Element | undefined): number | undefined {
  if (extensions === undefined) return undefined
  const found = decode(nth(decode(extensions.content), 0).content)
    .map(({ content }) => decode(content))
    .find(parts => nth(parts, 0).whole.equals(objectIds.crlNumber))
  if (found === undefined) return undefined
  const value = nth(decode(nth(found, found.length - 1).content), 0)
  return Number(`0x${value.content.toString('hex')}`)
}
