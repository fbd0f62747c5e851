import type { KeyObject } from 'node:crypto'
import { authorityKeyIdOf, type Authority } from './authority.js'
import { subjectBytes } from './certificate.js'
import { encode, encodeObjectId, encodeTime, encodeUnsigned, tags } from './der.js'
import { addressBytes } from './name.js'
import { signatureIdentifier } from './signature.js'

/** What differs from one leaf to the next. */
interface Leaf {
  /** Big-endian, positive. */
  readonly serial: Buffer
  readonly commonName: string
  /** SubjectPublicKeyInfo, in DER. */
  readonly publicKey: Buffer
  /** See `keyIdentifier`. */
  readonly keyId: Buffer
}

/** What leaves of one kind have in common. */
interface LeafKind {
  readonly purpose: 'broker' | 'client'
  readonly keyType: KeyObject['asymmetricKeyType']
  /** Canonical DNS names and IP addresses. */
  readonly names: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * Encodes the TBSCertificate (RFC 5280 4.1.2, version 3) of leaves: what they have in common once,
 * the rest around it. Answers byte for byte what @peculiar/x509 would, 60 times as fast and without
 * its 140 ms to load; tests hold the two against each other.
 */
export function leafEncoder(authority: Authority, kind: LeafKind): (leaf: Leaf) => Buffer {
  const middle = Buffer.concat([
    signatureIdentifier(authority.key),
    subjectBytes(authority.certificate),
    encode(tags.sequence, encodeTime(kind.notBefore), encodeTime(kind.notAfter)),
  ])
  const first = Buffer.concat([basicConstraints, keyUsage(kind), purposes[kind.purpose]])
  const last = Buffer.concat([
    authorityKeyId(authorityKeyIdOf(authority)),
    ...(kind.names.length === 0 ? [] : [alternativeNames(kind.names)]),
  ])
  const encodeWhole = (leaf: Leaf): Form => {
    const subject = commonName(leaf.commonName)
    const keyId = subjectKeyId(leaf.keyId)
    const extensions = encode(0xa3, encode(tags.sequence, first, keyId, last))
    const serial = encodeUnsigned(leaf.serial)
    const parts = [versionThree, serial, middle, subject, leaf.publicKey, extensions]
    const bytes = encode(tags.sequence, ...parts)
    const publicKeyAt = bytes.length - extensions.length - leaf.publicKey.length
    return {
      bytes,
      serialAt: publicKeyAt - subject.length - middle.length - leaf.serial.length,
      nameAt: publicKeyAt - Buffer.byteLength(leaf.commonName),
      publicKeyAt,
      keyIdAt: bytes.length - last.length - leaf.keyId.length,
    }
  }
  const forms = new Map<string, Form>()
  return leaf => {
    // A serial that loses zeros in front, or gets one, is not as long as its bytes.
    const [highest = 0] = leaf.serial
    if (highest === 0 || highest > 0x7f) return encodeWhole(leaf).bytes
    const key = lengthsOf(leaf)
    let form = forms.get(key)
    if (form === undefined) forms.set(key, (form = encodeWhole(leaf)))
    return splice(form, leaf)
  }
}

/** A leaf, and where in it stands what differs in another one whose parts are as long. */
interface Form {
  readonly bytes: Buffer
  readonly serialAt: number
  readonly nameAt: number
  readonly publicKeyAt: number
  readonly keyIdAt: number
}

function lengthsOf({ serial, commonName, publicKey, keyId }: Leaf): string {
  return [serial.length, Buffer.byteLength(commonName), publicKey.length, keyId.length].join()
}

function splice(form: Form, { serial, commonName, publicKey, keyId }: Leaf): Buffer {
  const bytes = Buffer.from(form.bytes)
  bytes.set(serial, form.serialAt)
  bytes.write(commonName, form.nameAt)
  bytes.set(publicKey, form.publicKeyAt)
  bytes.set(keyId, form.keyIdAt)
  return bytes
}

const versionThree = encode(0xa0, encodeUnsigned(2))

const objectIds = {
  commonName: encodeObjectId('2.5.4.3'),
  subjectKeyId: encodeObjectId('2.5.29.14'),
  authorityKeyId: encodeObjectId('2.5.29.35'),
  alternativeNames: encodeObjectId('2.5.29.17'),
} as const

const basicConstraints = critical('2.5.29.19', encode(tags.sequence))

/** RFC 5280 4.2.1.12: id-kp-serverAuth and id-kp-clientAuth. */
const purposes = {
  broker: extension(encodeObjectId('2.5.29.37'), purpose('1.3.6.1.5.5.7.3.1')),
  client: extension(encodeObjectId('2.5.29.37'), purpose('1.3.6.1.5.5.7.3.2')),
} as const

function purpose(objectId: string): Buffer {
  return encode(tags.sequence, encodeObjectId(objectId))
}

/**
 * digitalSignature is the first bit, keyEncipherment the third. TLS 1.2 without forward secrecy
 * encrypts to an RSA key; no other kind can be encrypted to.
 */
function keyUsage({ keyType }: LeafKind): Buffer {
  const [unused, bits] = keyType === 'rsa' ? [5, 0b1010_0000] : [7, 0b1000_0000]
  return critical('2.5.29.15', encode(tags.bitString, Buffer.of(unused, bits)))
}

function subjectKeyId(keyId: Buffer): Buffer {
  return extension(objectIds.subjectKeyId, encode(tags.octetString, keyId))
}

function authorityKeyId(hex: string): Buffer {
  const keyId = encode(0x80, Buffer.from(hex, 'hex'))
  return extension(objectIds.authorityKeyId, encode(tags.sequence, keyId))
}

/** GeneralNames, RFC 5280 4.2.1.6: dNSName has tag [2], iPAddress [7]. */
function alternativeNames(names: readonly string[]): Buffer {
  const each = names.map(name => {
    const address = addressBytes(name)
    return address === undefined ? encode(0x82, Buffer.from(name, 'latin1')) : encode(0x87, address)
  })
  return extension(objectIds.alternativeNames, encode(tags.sequence, ...each))
}

/** As UTF8String, so that no value is read as anything but itself. */
function commonName(value: string): Buffer {
  const attribute = encode(
    tags.sequence,
    objectIds.commonName,
    encode(tags.utf8String, Buffer.from(value)),
  )
  return encode(tags.sequence, encode(tags.set, attribute))
}

function extension(objectId: Buffer, value: Buffer): Buffer {
  return encode(tags.sequence, objectId, encode(tags.octetString, value))
}

function critical(objectId: string, value: Buffer): Buffer {
  const isCritical = encode(tags.boolean, Buffer.of(0xff))
  return encode(
    tags.sequence,
    encodeObjectId(objectId),
    isCritical,
    encode(tags.octetString, value),
  )
}
