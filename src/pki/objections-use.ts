import { isIP } from 'node:net'
import { canonicalName } from './name.js'
import type { Check, Examined } from './objection.js'
import { extensionIds } from './reading.js'

/** RFC 5280 4.2.1.12. */
const purposeIds = { broker: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const
const anyPurpose = '2.5.29.37.0'
const purposeWords = { broker: 'serverAuth', client: 'clientAuth' } as const

const hasAnotherPurpose: Check = ({ reading: { purposes }, use: { purpose } }) => {
  if (purpose === 'authority' || purposes === undefined) return undefined
  if (purposes.includes(purposeIds[purpose]) || purposes.includes(anyPurpose)) return undefined
  return {
    id: 'wrong-purpose',
    severity: 'refused',
    message: `may not be used by a ${purpose}: its extended key usage lacks ${purposeWords[purpose]}`,
    hint: `have it issued with extendedKeyUsage=${purposeWords[purpose]}`,
  }
}

const lacksAllNames: Check = ({ reading: { facts }, use: { purpose } }) =>
  purpose !== 'broker' || facts.names.length > 0
    ? undefined
    : {
        id: 'names-missing',
        severity: 'refused',
        message:
          'has no DNS name and no address (subjectAltName), and the common name does not count',
        hint: 'have it issued with all names by which clients reach the broker',
      }

const lacksAName: Check = ({ reading: { facts, x509 }, use: { names = [] } }) => {
  if (facts.names.length === 0) return undefined
  const isGoodFor = (name: string) =>
    isIP(name) === 0
      ? x509.checkHost(name, { subject: 'never' }) !== undefined
      : x509.checkIP(name) !== undefined
  const missing = names.map(canonicalName).filter(name => !isGoodFor(name))
  if (missing.length === 0) return undefined
  return {
    id: 'name-missing',
    severity: 'refused',
    message: `lacks ${missing.join(', ')}: it is for ${facts.names.join(', ')}`,
    hint: 'have it issued with all names by which clients reach the broker',
  }
}

const isNoAuthority: Check = examined => {
  const { reading } = examined
  if (!isForSigning(examined) || reading.constraints?.isAuthority === true) return undefined
  return {
    id: 'not-an-authority',
    severity: 'refused',
    message: 'is no authority\'s: its basic constraints do not say "CA:TRUE"',
    hint: 'take the certificate of an authority, or have it made with basicConstraints=critical,CA:TRUE',
  }
}

const mayNotSign: Check = examined => {
  const { keyUsage } = examined.reading
  if (!isForSigning(examined) || keyUsage?.has('keyCertSign') !== false) return undefined
  return {
    id: 'may-not-sign',
    severity: 'refused',
    message: 'may not sign certificates: its key usage lacks keyCertSign',
    hint: 'have it made with keyUsage=critical,keyCertSign,cRLSign',
  }
}

/** A broker that is given a list of this authority then turns everybody away. */
const mayNotRevoke: Check = examined => {
  const { keyUsage } = examined.reading
  if (!isForSigning(examined) || keyUsage?.has('cRLSign') !== false) return undefined
  return {
    id: 'may-not-revoke',
    severity: 'refused',
    message: 'may not sign revocation lists: its key usage lacks cRLSign',
    hint: 'have it made with keyUsage=critical,keyCertSign,cRLSign',
  }
}

const isAuthority: Check = ({ reading: { constraints }, use: { purpose } }) =>
  purpose === 'authority' || constraints?.isAuthority !== true
    ? undefined
    : {
        id: 'is-authority',
        severity: 'refused-by-strict',
        message: `is an authority's (CA:TRUE): whoever has its key could sign others`,
        hint: 'have it issued with basicConstraints=critical,CA:FALSE',
      }

const mayNotShakeHands: Check = ({ reading: { keyUsage }, use: { purpose } }) =>
  purpose === 'authority' || keyUsage?.has('digitalSignature') !== false
    ? undefined
    : {
        id: 'no-handshakes',
        severity: 'refused',
        message: 'may not be used in TLS 1.3: its key usage lacks digitalSignature',
        hint: 'have it issued with keyUsage=critical,digitalSignature',
      }

const constraintsAreNotCritical: Check = examined => {
  const { constraints, criticalExtensions } = examined.reading
  if (!isForSigning(examined) || constraints?.isAuthority !== true) return undefined
  if (criticalExtensions.includes(extensionIds.constraints)) return undefined
  return {
    id: 'constraints-not-critical',
    severity: 'refused-by-strict',
    message: 'has basic constraints that are not critical',
    hint: 'have it made with basicConstraints=critical,CA:TRUE',
  }
}

const saysNoKeyUsage: Check = examined => {
  if (!isForSigning(examined) || examined.reading.keyUsage !== undefined) return undefined
  return {
    id: 'key-usage-missing',
    severity: 'refused-by-strict',
    message: 'does not say what its key may be used for (keyUsage)',
    hint: 'have it made with keyUsage=critical,keyCertSign,cRLSign',
  }
}

/** The longest that Apple takes: https://support.apple.com/103769 */
const maxBrokerDays = 825
const msPerDay = 24 * 60 * 60 * 1000

const livesLong: Check = ({ reading: { facts }, use: { purpose } }) => {
  const days = Math.floor((facts.notAfter.getTime() - facts.notBefore.getTime()) / msPerDay)
  if (purpose !== 'broker' || days <= maxBrokerDays) return undefined
  return {
    id: 'long-lived',
    severity: 'warning',
    message: `is valid for ${String(days)} days, and Apple's devices take ${String(maxBrokerDays)} at most`,
    hint: 'have it issued for a year, and again in time',
  }
}

export const useChecks: readonly Check[] = [
  hasAnotherPurpose,
  mayNotShakeHands,
  lacksAllNames,
  lacksAName,
  isNoAuthority,
  mayNotSign,
  mayNotRevoke,
  isAuthority,
  constraintsAreNotCritical,
  saysNoKeyUsage,
  livesLong,
]

/** Version 1 has no extensions: to miss each would only hide what is wrong. */
function isForSigning({ reading, use }: Examined): boolean {
  return use.purpose === 'authority' && reading.version === 3
}
