// First: the library reads `Reflect.getMetadata` as it loads.
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509'
import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import type { Authority } from '../../src/pki/authority.js'
import { keyAlgorithm, keyIdentifier, publicKeyBytes } from '../../src/pki/key.js'
import type { NewCertificate } from '../../src/pki/issuance.js'
import { canonicalName } from '../../src/pki/name.js'

/** The leaf that @peculiar/x509 would make; its signature is a placeholder. */
export async function libraryLeaf(
  { certificate, key }: Authority & { readonly key: KeyObject },
  wanted: NewCertificate,
): Promise<X509Certificate> {
  return await X509CertificateGenerator.create({
    serialNumber: wanted.serial,
    subject: new Name([{ CN: [{ utf8String: wanted.commonName }] }]),
    issuer: new X509Certificate(certificate).subjectName,
    notBefore: wanted.notBefore,
    notAfter: wanted.notAfter,
    publicKey: publicKeyBytes(wanted.publicKey),
    signingAlgorithm: signingAlgorithm(key),
    signature: new Uint8Array(96).fill(1),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(keyUsage(wanted), true),
      new ExtendedKeyUsageExtension([
        wanted.purpose === 'broker' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
      ]),
      new SubjectKeyIdentifierExtension(keyIdentifier(wanted.publicKey)),
      new AuthorityKeyIdentifierExtension(keyIdentifier(key)),
      ...alternativeNames(wanted),
    ],
  })
}

function signingAlgorithm(key: KeyObject) {
  const algorithm = keyAlgorithm(key)
  if (algorithm === 'ed25519') return { name: 'Ed25519' }
  if (algorithm === 'p256') return { name: 'ECDSA', hash: 'SHA-256' }
  if (algorithm === 'p384') return { name: 'ECDSA', hash: 'SHA-384' }
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
}

function keyUsage({ publicKey }: NewCertificate): KeyUsageFlags {
  if (publicKey.asymmetricKeyType !== 'rsa') return KeyUsageFlags.digitalSignature
  return KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment
}

function alternativeNames({ names }: NewCertificate): readonly Extension[] {
  if (names.length === 0) return []
  const each = names.map(canonicalName).map(value => {
    return { type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }
  })
  return [new SubjectAlternativeNameExtension(each)]
}
