import { X509Certificate, type KeyObject } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { BednetError } from '../error.js'
import { certificateFacts } from './certificate.js'
import { generateKey, keyIdentifier, publicKeyBytes } from './key.js'
import { refuseBadPart } from './name.js'
import { encodePem } from './pem.js'
import { serialBytes } from './serial.js'
import { signContent } from './signature.js'

/** Who may sign: a certificate in PEM and the private key that belongs to it. */
export interface Authority {
  readonly certificate: string
  readonly key: KeyObject
}

/** What a new authority is to be. */
export interface NewAuthority {
  readonly commonName: string
  readonly site: string
  /** Counts up from 1 with each replacement, so that two authorities never share a name. */
  readonly generation: number
  readonly algorithm: KeyAlgorithm
  readonly notBefore: Date
  readonly notAfter: Date
  /** Hex; see `serialNumber`. */
  readonly serial: string
}

/**
 * A new root authority with a new key. Its distinguished name has the site and the generation in
 * it, which no leaf's has: OpenSSL takes a leaf named exactly like its issuer for self-signed.
 * @throws BednetError USAGE for a name, serial or date that cannot stand in a certificate
 * @example
 * ```ts
 * import { randomBytes } from 'node:crypto'
 * import { createAuthority, serialNumber, type Authority, type NewAuthority } from 'bednet/pki'
 *
 * const wanted: NewAuthority = {
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2036-01-01T00:00:00Z'),
 *   serial: serialNumber(randomBytes(16)),
 * }
 * const authority: Authority = await createAuthority(wanted)
 * authority.certificate.split('\n')[0] // => '-----BEGIN CERTIFICATE-----'
 * ```
 */
export async function createAuthority(wanted: NewAuthority): Promise<Authority> {
  refuseBadPart('the authority', wanted.commonName)
  refuseBadPart('the site', wanted.site)
  refuseEmptyPeriod(wanted)
  serialBytes(wanted.serial)
  const key = await generateKey(wanted.algorithm)
  const { encodeAuthority } = await import('./x509.js')
  const content = await encodeAuthority(
    {
      serial: wanted.serial,
      subject: [
        ['O', wanted.site],
        ['OU', `authority generation ${String(wanted.generation)}`],
        ['CN', wanted.commonName],
      ],
      notBefore: wanted.notBefore,
      notAfter: wanted.notAfter,
      publicKey: publicKeyBytes(key),
      keyId: keyIdentifier(key),
    },
    wanted.algorithm,
  )
  return { certificate: encodePem('CERTIFICATE', signContent(content, key)), key }
}

/**
 * An authority from what was kept of it.
 * @param certificate PEM
 * @param key see `readPrivateKey`
 * @throws BednetError CERTIFICATE_UNREADABLE where it may not sign, KEY_UNREADABLE where the key is
 *   not the certificate's
 * @example
 * ```ts
 * import { createAuthority, loadAuthority, privateKeyPem, readPrivateKey } from 'bednet/pki'
 *
 * const { certificate, key } = await createAuthority({
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2036-01-01T00:00:00Z'),
 *   serial: '4D0000000000000000000001',
 * })
 * const authority = loadAuthority(certificate, readPrivateKey(privateKeyPem(key)))
 * authority.certificate === certificate // => true
 * ```
 */
export function loadAuthority(certificate: string, key: KeyObject): Authority {
  const { isAuthority, subject } = certificateFacts(certificate)
  if (!isAuthority) {
    throw new BednetError('CERTIFICATE_UNREADABLE', `"${subject}" is no authority's certificate`, {
      hint: 'take the certificate that "openssl x509 -text" shows with CA:TRUE',
    })
  }
  if (!new X509Certificate(certificate).checkPrivateKey(key)) {
    throw new BednetError('KEY_UNREADABLE', `the private key is not that of "${subject}"`, {
      hint: 'take the key and the certificate that were made together',
    })
  }
  return { certificate, key }
}

/** The identifier that what this authority signs must carry: its certificate's own, or its key's. */
export function authorityKeyIdOf(authority: Authority): string {
  return certificateFacts(authority.certificate).subjectKeyId ?? keyIdentifier(authority.key)
}

/** A certificate that is never valid is a mistake in the caller's dates: USAGE. */
export function refuseEmptyPeriod(period: {
  readonly notBefore: Date
  readonly notAfter: Date
}): void {
  const [start, end] = [period.notBefore.getTime(), period.notAfter.getTime()]
  if (start < end) return
  const dates = [start, end].map(time => (Number.isNaN(time) ? '?' : new Date(time).toISOString()))
  throw new BednetError('USAGE', `a certificate from ${dates.join(' to ')} is never valid`, {
    hint: 'check both dates, and that the authority itself has not ended before',
  })
}
