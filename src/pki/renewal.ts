import type { KeyAlgorithm } from '../algorithm.js'
import type { CertificateFacts } from './certificate.js'
import { canonicalName } from './name.js'

/** What a certificate ought to be by now. */
export interface CertificateWanted {
  readonly commonName: string
  /** DNS names and IP addresses, in any order and spelling. */
  readonly names: readonly string[]
  readonly algorithm: KeyAlgorithm
  /** From its issue to its end, without the back-dating. */
  readonly lifetimeDays: number
  /** The certificate that now signs. */
  readonly authority: CertificateFacts
  /** Serials, in the spelling of `CertificateFacts`. */
  readonly revoked: ReadonlySet<string>
}

/**
 * Why a certificate must be issued (again), or false where it may stay: the first reason found.
 * @param held what there is; undefined where there is none yet
 * @param now the time by the clock that is believed
 * @example
 * ```ts
 * import { certificateFacts, createAuthority, whyReissue } from 'bednet/pki'
 * import type { CertificateWanted } from 'bednet/pki'
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
 * const authority = certificateFacts(certificate)
 * const wanted: CertificateWanted = {
 *   commonName: 'hub',
 *   names: ['hub.local', '192.0.2.10'],
 *   algorithm: 'p256',
 *   lifetimeDays: 90,
 *   authority,
 *   revoked: new Set(),
 * }
 * const held = {
 *   ...authority,
 *   commonName: 'hub',
 *   names: ['hub.local'],
 *   notAfter: new Date('2026-04-01T00:00:00Z'),
 * }
 * const march = new Date('2026-03-20T00:00:00Z')
 * whyReissue(undefined, wanted, march) // => 'there is none yet'
 * whyReissue(held, wanted, march) // => 'lacks 192.0.2.10'
 * whyReissue({ ...held, names: wanted.names }, wanted, march) // => 'expires in 12 days'
 * ```
 */
export function whyReissue(
  held: CertificateFacts | undefined,
  wanted: CertificateWanted,
  now: Date,
): string | false {
  if (held === undefined) return 'there is none yet'
  for (const check of checks) {
    const reason = check(held, wanted, now)
    if (reason !== false) return reason
  }
  return false
}

type Check = (held: CertificateFacts, wanted: CertificateWanted, now: Date) => string | false

const hasAnotherCommonName: Check = (held, wanted) =>
  held.commonName !== wanted.commonName &&
  `is for "${held.commonName}", not for "${wanted.commonName}"`

const lacksAName: Check = (held, wanted) => {
  const missing = wanted.names.map(canonicalName).filter(name => !held.names.includes(name))
  return missing.length > 0 && `lacks ${missing.join(', ')}`
}

const hasANameTooMany: Check = (held, wanted) => {
  const names = wanted.names.map(canonicalName)
  const extra = held.names.filter(name => !names.includes(name))
  return extra.length > 0 && `still has ${extra.join(', ')}`
}

/** By key, not by name: an authority can be replaced under the name it had. */
const isIssuedByAnotherAuthority: Check = (held, wanted) =>
  (held.authorityKeyId !== wanted.authority.subjectKeyId ||
    held.issuer !== wanted.authority.subject) &&
  `issued by "${held.issuer}", not by the current authority "${wanted.authority.subject}"`

const hasAnotherAlgorithm: Check = (held, wanted) =>
  held.algorithm !== wanted.algorithm &&
  `its key is ${held.algorithm ?? 'of another kind'}, not ${wanted.algorithm}`

const isRevoked: Check = (held, wanted) =>
  wanted.revoked.has(held.serial) && `serial ${held.serial} is revoked`

/** Made while a clock was ahead. */
const isNotYetValid: Check = (held, _wanted, now) =>
  held.notBefore > now && `is not valid before ${held.notBefore.toISOString()}`

/**
 * Before expiry, two thirds into its life. A certificate that ends with its authority is left
 * alone: the next one could not end later, and would be issued again on every run.
 */
const expiresSoon: Check = (held, wanted, now) => {
  const leftMs = held.notAfter.getTime() - now.getTime()
  const lifetimeMs = held.notAfter.getTime() - held.notBefore.getTime()
  if (leftMs > lifetimeMs / 3 || endsWithAuthority(held, wanted)) return false
  return leftMs <= 0 ? `expired on ${held.notAfter.toISOString()}` : `expires in ${inDays(leftMs)}`
}

/** The profile's lifetime was changed since. */
const hasAnotherLifetime: Check = (held, wanted) => {
  const heldDays = (held.notAfter.getTime() - held.notBefore.getTime()) / msPerDay
  const excessDays = heldDays - wanted.lifetimeDays
  const differs = excessDays > maxBackDatingDays || excessDays < -roundingDays
  if (!differs || (excessDays < 0 && endsWithAuthority(held, wanted))) return false
  return `is valid for ${String(Math.round(heldDays))} days, not for ${String(wanted.lifetimeDays)}`
}

const checks: readonly Check[] = [
  hasAnotherCommonName,
  lacksAName,
  hasANameTooMany,
  isIssuedByAnotherAuthority,
  hasAnotherAlgorithm,
  isRevoked,
  isNotYetValid,
  expiresSoon,
  hasAnotherLifetime,
]

const msPerDay = 24 * 60 * 60 * 1000
/** How far `notBefore` may lie before the issue without counting as a longer lifetime. */
const maxBackDatingDays = 1
/** Certificates count whole seconds. */
const roundingDays = 1 / (24 * 60 * 60)

function endsWithAuthority(held: CertificateFacts, wanted: CertificateWanted): boolean {
  return held.notAfter >= wanted.authority.notAfter
}

function inDays(ms: number): string {
  const days = Math.floor(ms / msPerDay)
  return days === 1 ? '1 day' : `${String(days)} days`
}
