// First, and in the one file that imports the library: it reads `Reflect.getMetadata` as it loads.
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { KeyAlgorithm } from '../algorithm.js'
import { decode, nth } from './der.js'

/** What the certificate of an authority says, before it has signed it. */
interface AuthorityContent {
  readonly serial: string
  /** Attributes of the distinguished name, the most general first. */
  readonly subject: readonly (readonly ['O' | 'OU' | 'CN', string])[]
  readonly pathLength: number
  /** Of NameConstraints, in DER; undefined where there are none. */
  readonly nameConstraints: Uint8Array | undefined
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo, in DER. */
  readonly publicKey: Uint8Array
  /** In hex. */
  readonly keyId: string
  /** Undefined where it signs itself. */
  readonly issuer: { readonly subject: Uint8Array; readonly keyId: string } | undefined
}

/**
 * The TBSCertificate of RFC 5280 4.1.2 in DER, version 3.
 * @param signing the algorithm of the key that signs it
 *
 * This file is the fence around @peculiar/x509, which takes 140 ms to load: import it only where an
 * authority is about to be made, or a request read. The library encodes; signing is done by node:crypto, one way for
 * certificates and revocation lists, and no key has to be exported for it.
 */
export async function encodeAuthority(
  content: AuthorityContent,
  signing: KeyAlgorithm,
): Promise<Buffer> {
  const subject = toName(content.subject)
  const { issuer, nameConstraints } = content
  const certificate = await X509CertificateGenerator.create({
    serialNumber: content.serial,
    subject,
    issuer: issuer === undefined ? subject : new Name(issuer.subject),
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    publicKey: content.publicKey,
    signingAlgorithm: signingAlgorithms[signing],
    signature: placeholder,
    extensions: [
      new BasicConstraintsExtension(true, content.pathLength, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new SubjectKeyIdentifierExtension(content.keyId),
      new AuthorityKeyIdentifierExtension(issuer?.keyId ?? content.keyId),
      // RFC 5280 wants it critical; mbedTLS and BearSSL, which do not know it, would refuse all.
      ...(nameConstraints === undefined
        ? []
        : [new Extension(nameConstraintsId, false, nameConstraints)]),
    ],
  })
  return nth(decode(nth(decode(Buffer.from(certificate.rawData)), 0).content), 0).whole
}

/** What a signing request says, RFC 2986 4; nothing of it is checked yet. */
interface RequestContent {
  /** All there are: one is right. */
  readonly commonNames: readonly string[]
  /** What it says and asks for besides, each by its name or its object identifier. */
  readonly besides: readonly string[]
  /** SubjectPublicKeyInfo, in DER. */
  readonly publicKey: Buffer
}

/** Throws where the bytes are no signing request. */
export function decodeRequest(der: Buffer): RequestContent {
  const request = new Pkcs10CertificateRequest(der)
  const { subjectName, publicKey, attributes, extensions } = request
  const named = subjectName.toJSON().flatMap(part => Object.keys(part))
  const asked = [...attributes, ...extensions].map(({ type }) => requestParts.get(type) ?? type)
  return {
    commonNames: subjectName.getField('CN'),
    besides: [...new Set([...named, ...asked])].filter(part => part !== 'CN' && part !== 'request'),
    publicKey: Buffer.from(publicKey.rawData),
  }
}

/** What people ask for, as RFC 5280 and RFC 2985 call it. */
const requestParts: ReadonlyMap<string, string> = new Map([
  // The attribute that holds the extensions, which are named one by one.
  ['1.2.840.113549.1.9.14', 'request'],
  ['1.2.840.113549.1.9.7', 'challengePassword'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
  ['2.5.29.14', 'subjectKeyIdentifier'],
  ['2.5.29.15', 'keyUsage'],
  ['2.5.29.17', 'subjectAltName'],
  ['2.5.29.19', 'basicConstraints'],
  ['2.5.29.30', 'nameConstraints'],
  ['2.5.29.32', 'certificatePolicies'],
  ['2.5.29.37', 'extKeyUsage'],
])
const nameConstraintsId = '2.5.29.30'

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
function toName(subject: AuthorityContent['subject']): Name {
  return new Name(subject.map(([type, value]) => ({ [type]: [{ utf8String: value }] })))
}
