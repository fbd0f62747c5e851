import type { Check } from './objection.js'
import { extensionIds, isSelfIssued, type CertificateReading } from './reading.js'

/** As a leaf's it is refused by webpki (Rust), as an authority's by OpenSSL and BearSSL as well. */
const isVersionOne: Check = ({ reading: { version } }) =>
  version === 3
    ? undefined
    : {
        id: 'version-1',
        severity: 'refused-by-strict',
        message: `is of version ${String(version)}, which cannot say what it is for`,
        hint: 'have it issued with extensions, as version 3 (openssl x509 -req -extfile …)',
      }

/** Extensions that every client knows, or that limit only what an authority may sign. */
const knownExtensions: ReadonlySet<string> = new Set([
  ...Object.values(extensionIds),
  '2.5.29.14', // subjectKeyIdentifier
  '2.5.29.17', // subjectAltName
  '2.5.29.30', // nameConstraints
  '2.5.29.32', // certificatePolicies
  '2.5.29.33', // policyMappings
  '2.5.29.35', // authorityKeyIdentifier
  '2.5.29.36', // policyConstraints
  '2.5.29.54', // inhibitAnyPolicy
])

/** RFC 5280 4.2: who does not know a critical extension must refuse the certificate. */
const hasUnknownCritical: Check = ({ reading: { criticalExtensions } }) => {
  const unknown = criticalExtensions.filter(id => !knownExtensions.has(id))
  if (unknown.length === 0) return undefined
  return {
    id: 'unknown-critical',
    severity: 'refused',
    message: `has a critical extension that clients do not know: ${unknown.join(', ')}`,
    hint: 'have it issued without it, or with it as not critical',
  }
}

/** OpenSSL's security level 2, which Debian and so Mosquitto have: 112 bits. */
const minRsaBits = 2048
const minCurveBits = 224

const hasWeakKey: Check = ({ reading: { key } }) => {
  if (!isWeak(key)) return undefined
  return {
    id: 'weak-key',
    severity: 'refused',
    message: `has a key that is too weak: ${describe(key)}`,
    hint: 'make a new key: P-256, or RSA with 2048 bits or more',
  }
}

const hasUnusualKey: Check = ({ reading: { key, facts } }) => {
  if (facts.algorithm !== undefined || isWeak(key)) return undefined
  return {
    id: 'unusual-key',
    severity: 'warning',
    message: `has a key that some clients cannot use: ${describe(key)}`,
    hint: 'make a new key: P-256, P-384, Ed25519, or RSA with 2048, 3072 or 4096 bits',
  }
}

/** Of PKCS #1, X9.62 and X9.57: signatures over MD2, MD4, MD5 and SHA-1. */
const weakSignatures: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.2', 'MD2'],
  ['1.2.840.113549.1.1.3', 'MD4'],
  ['1.2.840.113549.1.1.4', 'MD5'],
  ['1.2.840.113549.1.1.5', 'SHA-1'],
  ['1.2.840.10045.4.1', 'SHA-1'],
  ['1.2.840.10040.4.3', 'SHA-1'],
])

/** Nobody verifies a root's own signature: it is trusted, or not. */
const hasWeakSignature: Check = ({ reading, use }) => {
  const hash = weakSignatures.get(reading.signatureAlgorithm)
  if (hash === undefined) return undefined
  const isRoot = use.purpose === 'authority' && isSelfIssued(reading)
  return {
    id: 'weak-signature',
    severity: isRoot ? 'warning' : 'refused',
    message: `is signed over ${hash}, which can be forged`,
    hint: 'have it signed over SHA-256',
  }
}

/** RFC 5280 4.1.2.2: positive, and 20 bytes at most. Go refuses a negative one since 1.23. */
const maxSerialBytes = 20
/** CA/Browser Forum BR 7.1. */
const minSerialBytes = 8

const hasBadSerial: Check = ({ reading: { serial } }) => {
  const fault = faultOf(serial)
  if (fault === undefined) return undefined
  return {
    id: 'bad-serial',
    severity: 'refused-by-strict',
    message: `has a serial that is ${fault}`,
    hint: 'have it issued with a random serial of 16 bytes',
  }
}

/** A root has nobody who could have issued two of the same serial. */
const hasShortSerial: Check = ({ reading }) => {
  const { serial } = reading
  const { length } = serial
  const isShort = length < minSerialBytes && faultOf(serial) === undefined
  if (!isShort || isSelfIssued(reading)) return undefined
  return {
    id: 'short-serial',
    severity: 'warning',
    message: `has a serial of ${length === 1 ? '1 byte' : `${String(length)} bytes`}, which can be guessed or come twice`,
    hint: 'have it issued with a random serial of 16 bytes',
  }
}

const lacksKeyIdentifier: Check = ({ reading: { facts, version }, use: { purpose } }) =>
  purpose !== 'authority' || version !== 3 || facts.subjectKeyId !== undefined
    ? undefined
    : {
        id: 'key-identifier-missing',
        severity: 'refused-by-strict',
        message: 'has no subject key identifier',
        hint: 'have it made with subjectKeyIdentifier=hash',
      }

/** A root may leave it out: it would name itself. */
const lacksAuthorityIdentifier: Check = ({ reading }) =>
  reading.version !== 3 || reading.facts.authorityKeyId !== undefined || isSelfIssued(reading)
    ? undefined
    : {
        id: 'authority-identifier-missing',
        severity: 'refused-by-strict',
        message: 'has no authority key identifier',
        hint: 'have it issued with authorityKeyIdentifier=keyid',
      }

/** What counts seconds in 32 bits with a sign is then back in 1901. */
const endOf32Bits = new Date('2038-01-19T03:14:07Z')

const endsPast2038: Check = ({ reading: { facts } }) =>
  facts.notAfter <= endOf32Bits
    ? undefined
    : {
        id: 'past-2038',
        severity: 'warning',
        message: `is valid beyond 19 January 2038, which devices with 32-bit time cannot tell`,
        hint: 'have it issued for a shorter time, if there are such devices',
      }

export const contentChecks: readonly Check[] = [
  isVersionOne,
  hasUnknownCritical,
  hasWeakKey,
  hasUnusualKey,
  hasWeakSignature,
  hasBadSerial,
  lacksKeyIdentifier,
  lacksAuthorityIdentifier,
  hasShortSerial,
  endsPast2038,
]

function faultOf(serial: Buffer): string | undefined {
  if (serial.every(byte => byte === 0)) return 'zero'
  if ((serial[0] ?? 0) > 0x7f) return 'negative'
  return serial.length > maxSerialBytes ? `${String(serial.length)} bytes long` : undefined
}

function isWeak({ kind, bits }: Key): boolean {
  if (kind === 'unknown') return false
  return kind === 'dsa' || bits < (isRsa(kind) ? minRsaBits : minCurveBits)
}

function describe({ kind, bits }: Key): string {
  return isRsa(kind) ? `${kind.toUpperCase()} with ${String(bits)} bits` : kind
}

/** Beside `rsa` there is `rsa-pss`. */
function isRsa(kind: string): boolean {
  return kind.startsWith('rsa')
}

type Key = CertificateReading['key']
