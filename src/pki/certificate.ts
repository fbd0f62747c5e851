import { X509Certificate } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { BednetError } from '../error.js'
import { decode, encodeObjectId, nth, tags, type Element } from './der.js'
import { keyAlgorithm } from './key.js'
import { addressOf } from './name.js'
import { hexSerial } from './serial.js'

/** What a certificate says, as far as bednet asks. */
export interface CertificateFacts {
  /** Empty where the subject has none. */
  readonly commonName: string
  /** The distinguished names, general part first: `O=greenhouse, CN=hub`. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hex, as OpenSSL prints it, without leading zero bytes. */
  readonly serial: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** DNS names in lower case and IP addresses (IPv6 as RFC 5952 writes it), from the SAN only. */
  readonly names: readonly string[]
  /** Undefined where bednet makes no such keys. */
  readonly algorithm: KeyAlgorithm | undefined
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  /** Key identifiers in lower-case hex; undefined where the certificate carries none. */
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  readonly isAuthority: boolean
}

/**
 * Reads the first certificate of a PEM. Checks no signature and no date.
 * @throws BednetError CERTIFICATE_UNREADABLE where there is none
 * @example
 * ```ts
 * import { certificateFacts, createAuthority, type CertificateFacts } from 'bednet/pki'
 *
 * const { certificate } = await createAuthority({
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2036-01-01T00:00:00Z'),
 *   serial: '4D0000000000000000000001',
 * })
 * const facts: CertificateFacts = certificateFacts(certificate)
 * facts.subject // => 'O=greenhouse, OU=authority generation 1, CN=Greenhouse CA'
 * facts.notAfter // => new Date('2036-01-01T00:00:00Z')
 * facts.isAuthority // => true
 * ```
 */
export function certificateFacts(pem: string): CertificateFacts {
  const certificate = parse(pem)
  const extensions = extensionsOf(certificate.raw)
  return {
    commonName: commonNameOf(certificate.subject),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serial: hexSerial(Buffer.from(certificate.serialNumber, 'hex')),
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    names: namesIn(extensions.get(extensionIds.subjectAltName)),
    algorithm: algorithmOf(certificate),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subjectKeyId: extensions.get(extensionIds.subjectKeyId)?.content.toString('hex'),
    authorityKeyId: keyIdIn(extensions.get(extensionIds.authorityKeyId)),
    isAuthority: certificate.ca,
  }
}

/** The subject of a certificate, in the DER it stands there: what an issuer must repeat exactly. */
export function subjectBytes(pem: string): Buffer {
  const fields = contentFields(parse(pem).raw)
  // Version 1 is told by its absence.
  return nth(fields, nth(fields, 0).tag === 0xa0 ? 5 : 4).whole
}

/** How many authorities may follow below this one; undefined: as many as you like, or it is none. */
export function pathLengthOf(pem: string): number | undefined {
  const constraints = extensionsOf(parse(pem).raw).get(extensionIds.basicConstraints)
  const length = constraints && decode(constraints.content).find(({ tag }) => tag === tags.integer)
  return length && Number(`0x${length.content.toString('hex')}`)
}

/** The SubjectPublicKeyInfo of a certificate, both in DER. */
export function publicKeyIn(certificate: Buffer): Buffer {
  const fields = contentFields(certificate)
  return nth(fields, nth(fields, 0).tag === 0xa0 ? 6 : 5).whole
}

/** Object identifiers of RFC 5280 4.2.1, as hex of their DER content. */
const extensionIds = {
  subjectKeyId: extensionId('2.5.29.14'),
  subjectAltName: extensionId('2.5.29.17'),
  basicConstraints: extensionId('2.5.29.19'),
  authorityKeyId: extensionId('2.5.29.35'),
} as const

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new BednetError('CERTIFICATE_UNREADABLE', 'this is no certificate in PEM', {
      hint: 'it must hold a block that begins with "-----BEGIN CERTIFICATE-----", whole',
      cause,
    })
  }
}

/** OpenSSL fails on a key of a kind it does not know, which is no reason to hide the rest. */
function algorithmOf(certificate: X509Certificate): KeyAlgorithm | undefined {
  try {
    return keyAlgorithm(certificate.publicKey)
  } catch {
    return undefined
  }
}

/** Node puts each attribute on a line of its own. */
function oneLine(name: string): string {
  return name.replaceAll('\n', ', ')
}

/** Node escapes as RFC 2253 does, `\` before a special character. */
function commonNameOf(subject: string): string {
  const line = subject.split('\n').find(attribute => attribute.startsWith('CN='))
  return (line ?? 'CN=').slice('CN='.length).replaceAll(/\\(.)/g, '$1')
}

/** The fields of TBSCertificate: version, serial, signature, issuer is 3, validity, subject is 5. */
export function contentFields(der: Buffer): readonly Element[] {
  return decode(nth(decode(nth(decode(der), 0).content), 0).content)
}

/** What each extension holds, by its identifier; of version 3, under tag [3], RFC 5280 4.1. */
function extensionsOf(der: Buffer): ReadonlyMap<string, Element> {
  const wrapped = contentFields(der).find(({ tag }) => tag === 0xa3)
  if (wrapped === undefined) return new Map()
  const extensions = decode(nth(decode(wrapped.content), 0).content)
  return new Map(
    extensions.map(({ content }) => {
      const parts = decode(content)
      const value = nth(parts, parts.length - 1)
      return [nth(parts, 0).content.toString('hex'), nth(decode(value.content), 0)]
    }),
  )
}

function extensionId(dotted: string): string {
  return nth(decode(encodeObjectId(dotted)), 0).content.toString('hex')
}

/** AuthorityKeyIdentifier, RFC 5280 4.2.1.1: the key's identifier has tag [0]. */
function keyIdIn(value: Element | undefined): string | undefined {
  if (value === undefined) return undefined
  return decode(value.content)
    .find(({ tag }) => tag === 0x80)
    ?.content.toString('hex')
}

/** GeneralNames, RFC 5280 4.2.1.6: dNSName has tag [2], iPAddress [7]; the others are not asked. */
function namesIn(value: Element | undefined): readonly string[] {
  if (value === undefined) return []
  return decode(value.content).flatMap(({ tag, content }) => {
    if (tag === 0x82) return [content.toString('latin1').toLowerCase()]
    return tag === 0x87 ? (addressOf(content) ?? []) : []
  })
}
