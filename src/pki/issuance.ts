import type { KeyObject } from 'node:crypto'
import { BednetError } from '../error.js'
import { cutTo, refuseEmptyPeriod, type Authority } from './authority.js'
import { keyIdentifierOf, publicKeyBytes, requireAlgorithm } from './key.js'
import { canonicalName, refuseBadPart } from './name.js'
import { encodePem } from './pem.js'
import { serialBytes } from './serial.js'
import { signContent } from './signature.js'

/** What a new certificate is to say. */
export interface NewCertificate {
  readonly purpose: 'broker' | 'client'
  readonly commonName: string
  /** DNS names and IP addresses by which a broker is reached; usually empty for a client. */
  readonly names: readonly string[]
  /** The public key, or the private key that holds it. */
  readonly publicKey: KeyObject
  /** As it is: a caller who has devices without a clock sets it a little into the past. */
  readonly notBefore: Date
  /** Cut to the authority's own end, for beyond it nobody would accept the certificate. */
  readonly notAfter: Date
  /** Hex; see `serialNumber`. */
  readonly serial: string
}

/**
 * A leaf certificate in PEM, signed by this authority. Its distinguished name is the common name
 * alone. A client gets no SAN of its own: Mosquitto reads its identity from the common name, which
 * as `esp32_001` or `pump:7` need not even be a DNS name.
 * @throws BednetError USAGE for a name, serial or date that cannot stand in a certificate, and for
 *   a broker without names, which no client would accept
 * @example
 * ```ts
 * import { certificateFacts, createAuthority, generateKey, issueCertificate } from 'bednet/pki'
 * import type { NewCertificate } from 'bednet/pki'
 *
 * const period = {
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2027-01-01T00:00:00Z'),
 * }
 * const authority = await createAuthority({
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   ...period,
 *   serial: '4D0000000000000000000001',
 * })
 * const wanted: NewCertificate = {
 *   purpose: 'broker',
 *   commonName: 'mqtt.example.org',
 *   names: ['mqtt.example.org', '192.0.2.10', '2001:db8::10'],
 *   publicKey: await generateKey('p256'),
 *   ...period,
 *   serial: '4D0000000000000000000002',
 * }
 * const facts = certificateFacts(await issueCertificate(authority, wanted))
 * facts.issuer // => 'O=greenhouse, OU=authority generation 1, CN=Greenhouse CA'
 * facts.names // => ['mqtt.example.org', '192.0.2.10', '2001:db8::10']
 * ```
 */
export async function issueCertificate(
  authority: Authority,
  wanted: NewCertificate,
): Promise<string> {
  const period = { notBefore: wanted.notBefore, notAfter: cutTo(authority, wanted.notAfter) }
  refuseBadPart(`the ${wanted.purpose}`, wanted.commonName)
  refuseEmptyPeriod(period)
  refuseNameless(wanted)
  serialBytes(wanted.serial)
  requireAlgorithm(wanted.publicKey)
  const publicKey = publicKeyBytes(wanted.publicKey)
  // What is constant in a leaf is encoded as it loads, which few verbs need.
  const { leafEncoder } = await import('./leaf.js')
  const encodeLeaf = leafEncoder(authority, {
    purpose: wanted.purpose,
    keyType: wanted.publicKey.asymmetricKeyType,
    names: wanted.names.map(canonicalName),
    ...period,
  })
  const content = encodeLeaf({
    serial: serialBytes(wanted.serial),
    commonName: wanted.commonName,
    publicKey,
    keyId: keyIdentifierOf(publicKey),
  })
  return encodePem('CERTIFICATE', await signContent(content, authority.key))
}

function refuseNameless({ purpose, commonName, names }: NewCertificate): void {
  if (purpose === 'client' || names.length > 0) return
  throw new BednetError('USAGE', `the broker "${commonName}" has no name that clients can check`, {
    hint: 'give the DNS names and IP addresses they connect to: the common name does not count',
  })
}
