// First, and in the one file that imports the library: it reads `Reflect.getMetadata` as it loads.
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
import type { KeyAlgorithm } from '../algorithm.js'
import { decode, nth } from './der.js'

/** What a certificate says, before anybody has signed it. */
interface CertificateContent {
  readonly use: 'authority' | 'broker' | 'client'
  readonly serial: string
  /** Attributes of the distinguished name, the most general first. */
  readonly subject: readonly (readonly ['O' | 'OU' | 'CN', string])[]
  /** PEM of the authority; undefined where it is the certificate itself. */
  readonly issuer: string | undefined
  readonly notBefore: Date
  readonly notAfter: Date
  readonly publicKey: KeyObject
  /** Key identifiers in hex. */
  readonly subjectKeyId: string
  readonly authorityKeyId: string
  /** DNS names and IP addresses. */
  readonly names: readonly string[]
}

/**
 * The TBSCertificate of RFC 5280 4.1.2 in DER, version 3.
 *
 * This file is the fence around @peculiar/x509, which takes 140 ms to load and 3 ms a certificate:
 * import it only where a certificate is about to be made. The library encodes; signing is done by
 * node:crypto, one way for certificates and revocation lists, and no key has to be exported for it.
 */
export async function encodeContent(
  content: CertificateContent,
  signer: KeyAlgorithm,
): Promise<Buffer> {
  const subject = toName(content.subject)
  const certificate = await X509CertificateGenerator.create({
    serialNumber: content.serial,
    subject,
    issuer:
      content.issuer === undefined ? subject : new X509Certificate(content.issuer).subjectName,
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    publicKey: content.publicKey.export({ format: 'der', type: 'spki' }),
    signingAlgorithm: signingAlgorithms[signer],
    signature: placeholder,
    extensions: toExtensions(content),
  })
  return nth(decode(nth(decode(Buffer.from(certificate.rawData)), 0).content), 0).whole
}

/** The generator wants a signature to put behind the content; it is cut off again. */
const placeholder = new Uint8Array(96).fill(1)

const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

const signingAlgorithms = {
  p256: { name: 'ECDSA', hash: 'SHA-256' },
  p384: { name: 'ECDSA', hash: 'SHA-384' },
  rsa2048: rsa,
  rsa3072: rsa,
  rsa4096: rsa,
  ed25519: { name: 'Ed25519' },
}

/** Each value as UTF8String, so that no value is read as anything but itself. */
function toName(subject: CertificateContent['subject']): Name {
  return new Name(subject.map(([type, value]) => ({ [type]: [{ utf8String: value }] })))
}

function toExtensions(content: CertificateContent): Extension[] {
  const isAuthority = content.use === 'authority'
  return [
    // Path length 0: what this authority signs can sign nothing.
    new BasicConstraintsExtension(isAuthority, isAuthority ? 0 : undefined, true),
    new KeyUsagesExtension(keyUsage(content), true),
    ...purposesOf(content),
    new SubjectKeyIdentifierExtension(content.subjectKeyId),
    new AuthorityKeyIdentifierExtension(content.authorityKeyId),
    ...(content.names.length === 0 ? [] : [alternativeNames(content.names)]),
  ]
}

/** An authority has none: there it would limit what it may sign for, and not every reader agrees. */
function purposesOf({ use }: CertificateContent): Extension[] {
  if (use === 'authority') return []
  const purpose = use === 'broker' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth
  return [new ExtendedKeyUsageExtension([purpose])]
}

function keyUsage({ use, publicKey }: CertificateContent): KeyUsageFlags {
  if (use === 'authority') return KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
  // TLS 1.2 without forward secrecy encrypts to an RSA key; no other kind can be encrypted to.
  if (publicKey.asymmetricKeyType !== 'rsa') return KeyUsageFlags.digitalSignature
  return KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment
}

function alternativeNames(names: readonly string[]): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension(
    names.map(name => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name })),
  )
}
