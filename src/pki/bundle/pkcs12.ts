import { hash, X509Certificate, type KeyObject } from 'node:crypto'
import { BednetError } from '../../error.js'
import type { Secret } from '../../secret.js'
import { certificateFacts } from '../certificate.js'
import { passphraseBytes } from '../encrypted-key.js'
import { encodePem, pemBlocks } from '../pem.js'
import {
  certificateBag,
  encodePfx,
  friendlyName,
  keyBag,
  localKeyId,
  trustedForAnything,
} from './safe.js'
import { sealingOf, type Pkcs12Kind } from './sealing.js'

export type { Pkcs12Kind }

/** What a PKCS#12 file for a device's owner is to hold. */
export interface NewPkcs12 {
  readonly kind: Pkcs12Kind
  /** What a reader shows: an alias in Java, a nickname in NSS. */
  readonly friendlyName: string
  /** PEM: the key's own certificate first, then each one above it, the root last. */
  readonly chain: string
  readonly key: KeyObject
  /** ASCII. */
  readonly passphrase: Secret
}

/**
 * A PKCS#12 file (RFC 7292) with a key and its certificates, all of it encrypted. `modern` is PBES2 with
 * AES-256-CBC and a MAC of SHA-256; `legacy` is 3DES and SHA-1, for phones that read nothing else.
 * @throws BednetError CERTIFICATE_UNREADABLE without a certificate, KEY_UNREADABLE where the key is not
 *   that of the first, SECRET_MISSING and SECRET_WRONG for a passphrase that not every reader would take
 * @example
 * ```ts
 * import { createAuthority, encodePkcs12, Secret } from 'bednet/pki'
 * import type { NewPkcs12, Pkcs12Kind } from 'bednet/pki'
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
 * const kind: Pkcs12Kind = 'legacy'
 * const passphrase = new Secret('correct horse')
 * const wanted: NewPkcs12 = { kind, friendlyName: 'hub', chain: certificate, key, passphrase }
 * const file = await encodePkcs12(wanted)
 * file.subarray(0, 2).toString('hex') // => '3082'
 * ```
 */
export async function encodePkcs12(wanted: NewPkcs12): Promise<Buffer> {
  const [own, ...above] = certificatesIn(wanted.chain)
  if (own === undefined || !new X509Certificate(own).checkPrivateKey(wanted.key))
    throw new BednetError('KEY_UNREADABLE', `the key is not that of "${wanted.friendlyName}"`, {
      hint: 'give the certificate that was made with the key first, those above it after it',
    })
  const sealing = await sealingOf(wanted.kind, portablePassphrase(wanted.passphrase))
  const attributes = [friendlyName(wanted.friendlyName), localKeyId(sha1(own))]
  const content = wanted.key.export({ format: 'der', type: 'pkcs8' })
  return encodePfx(
    {
      keys: [keyBag(content, attributes, sealing)],
      certificates: [
        certificateBag(own, attributes),
        ...above.map(each => certificateBag(each, [friendlyName(nameOf(each))])),
      ],
    },
    sealing,
  )
}

/** What a trust store is to hold. */
export interface NewTrustStore {
  readonly kind: Pkcs12Kind
  /** PEM: each is trusted, whatever it is shown for. */
  readonly authorities: string
  /** ASCII. It keeps nothing secret: it tells whether the file was changed. */
  readonly passphrase: Secret
}

/**
 * A PKCS#12 file with authorities alone, in the form that Java trusts them in (`keytool` lists each as
 * trustedCertEntry). `legacy` is for Java before 8u301 and 11.0.12.
 * @throws BednetError as `encodePkcs12`
 * @example
 * ```ts
 * import { createAuthority, encodeTrustStore, Secret, type NewTrustStore } from 'bednet/pki'
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
 * const passphrase = new Secret('correct horse')
 * const wanted: NewTrustStore = { kind: 'modern', authorities: certificate, passphrase }
 * const file = await encodeTrustStore(wanted)
 * file.subarray(0, 2).toString('hex') // => '3082'
 * ```
 */
export async function encodeTrustStore(wanted: NewTrustStore): Promise<Buffer> {
  const sealing = await sealingOf(wanted.kind, portablePassphrase(wanted.passphrase))
  const certificates = certificatesIn(wanted.authorities).map(each =>
    certificateBag(each, [friendlyName(nameOf(each)), trustedForAnything]),
  )
  return encodePfx({ keys: [], certificates }, sealing)
}

function certificatesIn(pem: string): readonly Buffer[] {
  const found = pemBlocks('CERTIFICATE', pem)
  if (found.length > 0) return found
  throw new BednetError('CERTIFICATE_UNREADABLE', 'there is no certificate for the PKCS#12 file', {
    hint: 'give PEM with at least one block that begins with "-----BEGIN CERTIFICATE-----"',
  })
}

function nameOf(certificate: Buffer): string {
  return certificateFacts(encodePem('CERTIFICATE', certificate)).commonName
}

/** It tells certificates of one file apart and protects nothing. */
function sha1(certificate: Buffer): Buffer {
  return hash('sha1', certificate, 'buffer')
}

/** Of other characters OpenSSL, Java and NSS make different bytes, and one could not open another's file. */
function portablePassphrase(passphrase: Secret): string {
  const text = passphraseBytes(passphrase).toString()
  if (/^[\x20-\x7e]+$/.test(text)) return text
  throw new BednetError('SECRET_WRONG', 'a passphrase of a PKCS#12 file must be plain ASCII', {
    hint: 'programs disagree on how other characters are encoded: take letters, digits and signs',
  })
}
