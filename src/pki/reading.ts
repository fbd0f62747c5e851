import { X509Certificate, type KeyObject } from 'node:crypto'
import { certificateFacts, contentFields, type CertificateFacts } from './certificate.js'
import { decode, nth, tags, type Element } from './der.js'

/** All that a certificate says of itself, and its key: for judging one, not for reading many. */
export interface CertificateReading {
  readonly facts: CertificateFacts
  /** 1 or 3; 2 has never been in use. */
  readonly version: number
  /** As it is encoded: with a leading zero byte, or a sign. */
  readonly serial: Buffer
  /** Distinguished names in DER: an issuer is who has exactly this subject. */
  readonly subjectName: Buffer
  readonly issuerName: Buffer
  /** Dotted. */
  readonly signatureAlgorithm: string
  /** A curve by OpenSSL's name, else `rsa` and the like; 0 bits where the kind is unknown. */
  readonly key: { readonly kind: string; readonly bits: number }
  readonly constraints: Constraints | undefined
  /** Undefined where it says none, and any is good. */
  readonly keyUsage: ReadonlySet<KeyUse> | undefined
  /** Dotted; undefined where it says none, and any is good. */
  readonly purposes: readonly string[] | undefined
  /** Dotted identifiers of the extensions that a reader must understand or refuse. */
  readonly criticalExtensions: readonly string[]
  readonly x509: X509Certificate
}

/** RFC 5280 4.2.1.9. */
interface Constraints {
  readonly isAuthority: boolean
  /** How many authorities may stand below it; undefined where any number may. */
  readonly pathLength: number | undefined
}

/** RFC 5280 4.2.1.3, in the order of its bits. */
const keyUses = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const
type KeyUse = (typeof keyUses)[number]

export const extensionIds = {
  keyUsage: '2.5.29.15',
  constraints: '2.5.29.19',
  purposes: '2.5.29.37',
} as const

/**
 * Reads the first certificate of a PEM, whoever has made it.
 * @throws BednetError CERTIFICATE_UNREADABLE where there is none, or it is damaged
 */
export function readCertificate(pem: string): CertificateReading {
  const facts = certificateFacts(pem)
  const x509 = new X509Certificate(pem)
  const all = contentFields(x509.raw)
  // Version 1 is told by its absence.
  const isVersioned = nth(all, 0).tag === 0xa0
  const fields = isVersioned ? all.slice(1) : all
  const extensions = extensionsIn(all.find(({ tag }) => tag === 0xa3))
  const value = (id: string) => extensions.find(each => each.id === id)?.value
  return {
    facts,
    x509,
    version: isVersioned ? (nth(decode(nth(all, 0).content), 0).content[0] ?? 0) + 1 : 1,
    serial: nth(fields, 0).content,
    signatureAlgorithm: dotted(nth(decode(nth(fields, 1).content), 0)),
    issuerName: nth(fields, 2).whole,
    subjectName: nth(fields, 4).whole,
    key: keyOf(x509, nth(fields, 5)),
    constraints: constraintsIn(value(extensionIds.constraints)),
    keyUsage: keyUsageIn(value(extensionIds.keyUsage)),
    purposes: purposesIn(value(extensionIds.purposes)),
    criticalExtensions: extensions.filter(each => each.isCritical).map(({ id }) => id),
  }
}

/** As a root's: whether it has signed itself as well, is another question. */
export function isSelfIssued({ subjectName, issuerName }: CertificateReading): boolean {
  return subjectName.equals(issuerName)
}

interface Extension {
  /** Dotted. */
  readonly id: string
  readonly isCritical: boolean
  readonly value: Element
}

function extensionsIn(wrapped: Element | undefined): readonly Extension[] {
  if (wrapped === undefined) return []
  return decode(nth(decode(wrapped.content), 0).content).map(({ content }) => {
    const parts = decode(content)
    const value = nth(decode(nth(parts, parts.length - 1).content), 0)
    const isCritical = parts.some(part => part.tag === tags.boolean && part.content[0] !== 0)
    return { id: dotted(nth(parts, 0)), isCritical, value }
  })
}

function constraintsIn(value: Element | undefined): Constraints | undefined {
  if (value === undefined) return undefined
  const parts = decode(value.content)
  const length = parts.find(({ tag }) => tag === tags.integer)
  return {
    isAuthority: parts.some(({ tag, content }) => tag === tags.boolean && content[0] !== 0),
    pathLength: length === undefined ? undefined : Number(`0x${length.content.toString('hex')}`),
  }
}

/** The first byte counts unused bits; then each bit, the first being the highest. */
function keyUsageIn(value: Element | undefined): ReadonlySet<KeyUse> | undefined {
  if (value === undefined) return undefined
  const bits = value.content[1] ?? 0
  return new Set(keyUses.filter((_, at) => (bits & (0x80 >> at)) !== 0))
}

function purposesIn(value: Element | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : decode(value.content).map(dotted)
}

/** OpenSSL fails on a key of a kind it does not know. */
function keyOf(x509: X509Certificate, publicKey: Element): CertificateReading['key'] {
  let key: KeyObject
  try {
    key = x509.publicKey
  } catch {
    return { kind: 'unknown', bits: 0 }
  }
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  const kind = namedCurve ?? key.asymmetricKeyType ?? 'unknown'
  return { kind, bits: modulusLength ?? coordinateBits(publicKey) }
}

/** Of a point: both coordinates after a byte 4, or one after 2 or 3. */
function coordinateBits(publicKey: Element): number {
  const point = nth(decode(publicKey.content), 1).content.subarray(1)
  return point[0] === 4 ? (point.length - 1) * 4 : (point.length - 1) * 8
}

/** An OBJECT IDENTIFIER as people write it: `2.5.29.20`. */
function dotted({ content }: Element): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f)
    if (byte > 0x7f) continue
    numbers.push(number)
    number = 0
  }
  const [first = 0, ...rest] = numbers
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join('.')
}
