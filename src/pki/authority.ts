import { X509Certificate, type KeyObject } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { BednetError } from '../error.js'
import { certificateFacts, pathLengthOf, subjectBytes } from './certificate.js'
import { generateKey, keyIdentifier, publicHalf, publicKeyBytes, requireAlgorithm } from './key.js'
import { refuseBadPart } from './name.js'
import { nameConstraints } from './name-constraints.js'
import { encodePem } from './pem.js'
import { serialBytes } from './serial.js'
import { halfOf, signContent, type SigningKey } from './signature.js'

/** Who may sign: a certificate in PEM and the private key that belongs to it. */
export interface Authority {
  readonly certificate: string
  readonly key: SigningKey
  /** PEM of those above it, its own issuer first and the root last; empty for a root. */
  readonly issuers: readonly string[]
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
  /** How many authorities may follow below it, in a row. Default: 0, it signs leaves alone. */
  readonly pathLength?: number
  /**
   * Domains and CIDR blocks: what it signs may have no DNS name or address outside of them. Of a
   * kind that none is given of, all are permitted.
   */
  readonly permitted?: readonly string[]
}

/**
 * A new authority with a new key: a root, or one that `issuer` signs, and ends no later than that.
 * Its distinguished name has the site and the generation in it, which no leaf's has: OpenSSL takes a
 * leaf named exactly like its issuer for self-signed.
 * @throws BednetError USAGE for a name, serial or date that cannot stand in a certificate, and for an
 *   issuer that may sign no authorities
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
export async function createAuthority(
  wanted: NewAuthority,
  issuer?: Authority,
): Promise<Authority & { readonly key: KeyObject }> {
  const key = await generateKey(wanted.algorithm)
  return { ...(await certifyAuthority(key, wanted, issuer)), key }
}

/**
 * As `createAuthority`, for a key that there is already, here or in a token.
 * @throws BednetError as `createAuthority`, and what the token may throw
 * @example
 * ```ts
 * import { certifyAuthority, generateKey, type RemoteKey } from 'bednet/pki'
 * import { createPublicKey, sign } from 'node:crypto'
 *
 * const inside = await generateKey('p256')
 * const token: RemoteKey = {
 *   publicKey: createPublicKey(inside),
 *   sign: async (content, hash) => await Promise.resolve(sign(hash, content, inside)),
 * }
 * const { issuers } = await certifyAuthority(token, {
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2036-01-01T00:00:00Z'),
 *   serial: '4D0000000000000000000001',
 * })
 * issuers // => []
 * ```
 */
export async function certifyAuthority(
  key: SigningKey,
  wanted: Omit<NewAuthority, 'algorithm'>,
  issuer?: Authority,
): Promise<Authority> {
  refuseBadPart('the authority', wanted.commonName)
  refuseBadPart('the site', wanted.site)
  if (issuer !== undefined) refuseBelow(issuer)
  const { notBefore, notAfter, serial, permitted = [], pathLength = 0 } = wanted
  const period = { notBefore, notAfter: issuer === undefined ? notAfter : cutTo(issuer, notAfter) }
  refuseEmptyPeriod(period)
  serialBytes(serial)
  const signingKey = issuer?.key ?? key
  const { encodeAuthority } = await import('./x509.js')
  const content = await encodeAuthority(
    {
      serial,
      subject: [
        ['O', wanted.site],
        ['OU', `authority generation ${String(wanted.generation)}`],
        ['CN', wanted.commonName],
      ],
      ...period,
      publicKey: publicKeyBytes(halfOf(key)),
      keyId: keyIdentifier(halfOf(key)),
      pathLength,
      nameConstraints: permitted.length === 0 ? undefined : nameConstraints(permitted),
      issuer: issuer && {
        subject: subjectBytes(issuer.certificate),
        keyId: authorityKeyIdOf(issuer),
      },
    },
    requireAlgorithm(halfOf(signingKey)),
  )
  const certificate = encodePem('CERTIFICATE', await signContent(content, signingKey))
  const issuers = issuer === undefined ? [] : [issuer.certificate, ...issuer.issuers]
  return { certificate, key, issuers }
}

/**
 * An authority from what was kept of it.
 * @param certificate PEM
 * @param key see `readPrivateKey`; or one that signs elsewhere
 * @param issuers PEM of those above it, see `Authority`
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
export function loadAuthority<Key extends SigningKey>(
  certificate: string,
  key: Key,
  issuers: readonly string[] = [],
): Authority & { readonly key: Key } {
  const { isAuthority, subject } = certificateFacts(certificate)
  if (!isAuthority) {
    throw new BednetError('CERTIFICATE_UNREADABLE', `"${subject}" is no authority's certificate`, {
      hint: 'take the certificate that "openssl x509 -text" shows with CA:TRUE',
    })
  }
  if (!isKeyOfCertificate(certificate, key)) {
    throw new BednetError('KEY_UNREADABLE', `the private key is not that of "${subject}"`, {
      hint: 'take the key and the certificate that were made together',
    })
  }
  return { certificate, key, issuers }
}

function refuseBelow({ certificate }: Authority): void {
  if (pathLengthOf(certificate) !== 0) return
  const { subject } = certificateFacts(certificate)
  throw new BednetError('USAGE', `"${subject}" may sign leaves and no authority`, {
    hint: 'its path length is 0: make an authority of path length 1 or more, and sign with that',
  })
}

function isKeyOfCertificate(certificate: string, key: SigningKey): boolean {
  return new X509Certificate(certificate).publicKey.equals(publicHalf(halfOf(key)))
}

/**
 * What whoever it has signed shows beside their own certificate: the authorities between the two
 * ends, in PEM, the nearest first. The root is left out, for who does not have it cannot believe it.
 * @example
 * ```ts
 * import { createAuthority, intermediates, rootOf, type SigningKey } from 'bednet/pki'
 *
 * const common = {
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256' as const,
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2036-01-01T00:00:00Z'),
 * }
 * const root = await createAuthority({
 *   ...common,
 *   commonName: 'Greenhouse CA',
 *   serial: '4D0000000000000000000001',
 *   pathLength: 1,
 * })
 * const issuing = await createAuthority(
 *   { ...common, commonName: 'Greenhouse issuing CA', serial: '4D0000000000000000000002' },
 *   root,
 * )
 * const key: SigningKey = issuing.key
 * intermediates({ ...issuing, key }) === issuing.certificate // => true
 * rootOf(issuing) === root.certificate // => true
 * intermediates(root) // => ''
 * ```
 */
export function intermediates({ certificate, issuers }: Authority): string {
  return issuers.length === 0 ? '' : [certificate, ...issuers.slice(0, -1)].join('')
}

/**
 * Whom a client has to trust to believe what this authority signs, in PEM.
 * @example
 * ```ts
 * import { createAuthority, rootOf } from 'bednet/pki'
 *
 * const root = await createAuthority({
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2036-01-01T00:00:00Z'),
 *   serial: '4D0000000000000000000001',
 * })
 * rootOf(root) === root.certificate // => true
 * ```
 */
export function rootOf({ certificate, issuers }: Authority): string {
  return issuers.at(-1) ?? certificate
}

/** No later than the authority's own end: beyond it nobody would accept the certificate. */
export function cutTo(authority: Authority, notAfter: Date): Date {
  const end = certificateFacts(authority.certificate).notAfter
  return notAfter > end ? end : notAfter
}

/** The identifier that what this authority signs must carry: its certificate's own, or its key's. */
export function authorityKeyIdOf(authority: Authority): string {
  return (
    certificateFacts(authority.certificate).subjectKeyId ?? keyIdentifier(halfOf(authority.key))
  )
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
