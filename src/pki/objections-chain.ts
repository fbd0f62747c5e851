import type { Check, Examined } from './objection.js'
import { isSelfIssued, type CertificateReading } from './reading.js'

const hasExpired: Check = ({ reading: { facts }, use: { now } }) =>
  facts.notAfter >= now
    ? undefined
    : {
        id: 'expired',
        severity: 'refused',
        message: `expired on ${facts.notAfter.toISOString()}`,
        hint: 'have it issued again',
      }

const isNotYetValid: Check = ({ reading: { facts }, use: { now } }) =>
  facts.notBefore <= now
    ? undefined
    : {
        id: 'not-yet-valid',
        severity: 'refused',
        message: `is not valid before ${facts.notBefore.toISOString()}`,
        hint: 'look whether the clock that issued it, or the one here, is wrong',
      }

const isRevoked: Check = ({ reading: { facts }, use: { revoked } }) =>
  revoked?.has(facts.serial) === true
    ? {
        id: 'revoked',
        severity: 'refused',
        message: `is revoked: its serial is ${facts.serial}`,
        hint: 'have another issued, with a new key',
      }
    : undefined

const isOfAnotherAuthority: Check = examined => {
  const { reading } = examined
  if (signerOf(examined) !== undefined) return undefined
  const named = namesakes(examined)
  const { issuer, authorityKeyId } = reading.facts
  const isNone = named.length === 0
  // One authority of this name, and no word of another key: then this is no other authority's.
  if (!isNone && !named.some(each => isOtherKey(reading, each))) return undefined
  return {
    id: 'wrong-authority',
    severity: 'refused',
    message: isNone
      ? `was issued by "${issuer}", which is not among the authorities`
      : `was issued by another "${issuer}", with the key ${String(authorityKeyId)}`,
    hint: 'take the certificate of the authority that signed it, or have it issued by yours',
  }
}

const isTampered: Check = examined => {
  const { reading } = examined
  if (signerOf(examined) !== undefined) return undefined
  const named = namesakes(examined)
  if (named.length === 0 || named.some(each => isOtherKey(reading, each))) return undefined
  return {
    id: 'tampered',
    severity: 'refused',
    message: `has a signature that is not that of "${reading.facts.issuer}"`,
    hint: 'it was changed after it was signed, or somebody else signed it: have it issued again',
  }
}

/** OpenSSL and NSS take it for self-signed, unless key identifiers say otherwise. */
const isNamedLikeAuthority: Check = ({ reading, use }) => {
  if (use.purpose === 'authority' || !isSelfIssued(reading)) return undefined
  return {
    id: 'named-like-authority',
    severity: reading.facts.authorityKeyId === undefined ? 'refused' : 'warning',
    message: `is named exactly like its issuer, "${reading.facts.issuer}", as if it were its own`,
    hint: 'give the authority or the certificate another common name',
  }
}

/** Below an issuer of path length 0 stand certificates, and no authority. */
const isTooDeep: Check = examined => {
  const { reading } = examined
  const own = reading.constraints?.isAuthority === true && !isSelfIssued(reading) ? 1 : 0
  const limit = issuersOf(examined).find(({ constraints }, below) => {
    const allowed = constraints?.pathLength
    return allowed !== undefined && own + below > allowed
  })
  if (limit === undefined) return undefined
  const allowed = inWords(limit.constraints?.pathLength ?? 0)
  return {
    id: 'path-too-long',
    severity: 'refused',
    message: `stands too deep: "${limit.facts.subject}" allows ${allowed} below it`,
    hint: 'have the upper authority made with a greater path length, or let it sign by itself',
  }
}

export const chainChecks: readonly Check[] = [
  hasExpired,
  isNotYetValid,
  isRevoked,
  isOfAnotherAuthority,
  isTampered,
  isNamedLikeAuthority,
  isTooDeep,
]

/** The authority that has signed it, or undefined where none of them has. */
function signerOf(examined: Examined): CertificateReading | undefined {
  return namesakes(examined).find(each => isSignedBy(examined.reading, each))
}

/** Whoever has signed it, whoever has signed that, and so on up to a root. */
function issuersOf(examined: Examined): readonly CertificateReading[] {
  const issuers: CertificateReading[] = []
  let next = signerOf(examined)
  while (next !== undefined && !issuers.includes(next)) {
    issuers.push(next)
    next = signerOf({ ...examined, reading: next })
  }
  return issuers
}

/** Those that are named as its issuer is; for a root where none is trusted yet, itself. */
function namesakes({ reading, use, authorities }: Examined): readonly CertificateReading[] {
  const isRoot = use.purpose === 'authority' && isSelfIssued(reading)
  const trusted = isRoot && authorities.length === 0 ? [reading] : authorities
  return trusted.filter(({ subjectName }) => subjectName.equals(reading.issuerName))
}

function isOtherKey({ facts }: CertificateReading, authority: CertificateReading): boolean {
  const { subjectKeyId } = authority.facts
  if (facts.authorityKeyId === undefined || subjectKeyId === undefined) return false
  return facts.authorityKeyId !== subjectKeyId
}

function isSignedBy({ x509 }: CertificateReading, authority: CertificateReading): boolean {
  try {
    return x509.verify(authority.x509.publicKey)
  } catch {
    // A kind of key or signature that OpenSSL does not know.
    return false
  }
}

function inWords(count: number): string {
  if (count === 0) return 'no authority'
  return count === 1 ? '1 authority' : `${String(count)} authorities`
}
