import type { CertificateReading } from './reading.js'

/** What may be wrong with a certificate; the names are stable. */
export type ObjectionId =
  | 'expired'
  | 'not-yet-valid'
  | 'revoked'
  | 'wrong-authority'
  | 'tampered'
  | 'named-like-authority'
  | 'path-too-long'
  | 'wrong-purpose'
  | 'no-handshakes'
  | 'names-missing'
  | 'name-missing'
  | 'not-an-authority'
  | 'may-not-sign'
  | 'may-not-revoke'
  | 'is-authority'
  | 'unknown-critical'
  | 'version-1'
  | 'weak-key'
  | 'unusual-key'
  | 'weak-signature'
  | 'bad-serial'
  | 'short-serial'
  | 'key-usage-missing'
  | 'key-identifier-missing'
  | 'authority-identifier-missing'
  | 'constraints-not-critical'
  | 'long-lived'
  | 'past-2038'

/** One reason not to take a certificate. */
export interface Objection {
  readonly id: ObjectionId
  /** Who cares: every client, those that are strict (OpenSSL's `-x509_strict`), or nobody yet. */
  readonly severity: 'refused' | 'refused-by-strict' | 'warning'
  /** What follows the name of the certificate: `expired on 2026-01-01T00:00:00.000Z`. */
  readonly message: string
  /** What to do. */
  readonly hint: string
}

/** What a certificate is held against. */
export interface CertificateUse {
  readonly purpose: 'broker' | 'client' | 'authority'
  /** Those that are trusted, in PEM, one each; for a root none, as it vouches for itself. */
  readonly authorities: readonly string[]
  /** DNS names and IP addresses by which a broker is reached. */
  readonly names?: readonly string[]
  readonly now: Date
  /** Serials, in the spelling of `CertificateFacts`. */
  readonly revoked?: ReadonlySet<string>
}

/** A certificate, and what it is held against. */
export interface Examined {
  readonly reading: CertificateReading
  readonly use: CertificateUse
  readonly authorities: readonly CertificateReading[]
}

export type Check = (examined: Examined) => Objection | undefined
