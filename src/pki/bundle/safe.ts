import { encode, encodeObjectId, encodeUnsigned, tags } from '../der.js'
import { encryptedKeyInfo } from '../encrypted-key.js'
import type { Sealing } from './sealing.js'

/** The structure of PKCS#12, RFC 7292 4 and 5, from the outside in. */
interface Bags {
  /** Encrypted each, because the key alone is what may be in no other hands. */
  readonly keys: readonly Buffer[]
  readonly certificates: readonly Buffer[]
}

/** A PFX, in DER. */
export function encodePfx({ keys, certificates }: Bags, { seal, protect }: Sealing): Buffer {
  const hidden = seal(encode(tags.sequence, ...certificates))
  const safe = encode(
    tags.sequence,
    encryptedData(hidden.algorithm, hidden.encrypted),
    ...(keys.length === 0 ? [] : [plainData(encode(tags.sequence, ...keys))]),
  )
  return encode(tags.sequence, encodeUnsigned(3), plainData(safe), protect(safe))
}

/** @param content of a certificate, in DER */
export function certificateBag(content: Buffer, attributes: readonly Buffer[]): Buffer {
  const value = encode(
    tags.sequence,
    encodeObjectId(objectIds.x509Certificate),
    encode(explicit0, encode(tags.octetString, content)),
  )
  return bag(objectIds.certificateBag, value, attributes)
}

/** @param content PrivateKeyInfo, in DER */
export function keyBag(
  content: Buffer,
  attributes: readonly Buffer[],
  { seal }: Pick<Sealing, 'seal'>,
): Buffer {
  return bag(objectIds.shroudedKeyBag, encryptedKeyInfo(seal(content)), attributes)
}

/** The name that a reader shows: what Java calls an alias and NSS a nickname. */
export function friendlyName(name: string): Buffer {
  const text = Buffer.from(name, 'utf16le').swap16()
  return attribute(objectIds.friendlyName, encode(bmpString, text))
}

/** By which a reader finds the key of a certificate: both have the same. */
export function localKeyId(bytes: Buffer): Buffer {
  return attribute(objectIds.localKeyId, encode(tags.octetString, bytes))
}

/** Without it Java takes a certificate for one of somebody's chain, and trusts it in nothing. */
export const trustedForAnything = attribute(
  '2.16.840.1.113894.746875.1.1',
  encodeObjectId('2.5.29.37.0'),
)

const explicit0 = 0xa0
const implicit0 = 0x80
const bmpString = 0x1e

const objectIds = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
} as const

function bag(objectId: string, value: Buffer, attributes: readonly Buffer[]): Buffer {
  // X.690 11.6: the elements of a SET OF stand in ascending order.
  const sorted = [...attributes].sort((one, other) => Buffer.compare(one, other))
  const set = sorted.length === 0 ? [] : [encode(tags.set, ...sorted)]
  return encode(tags.sequence, encodeObjectId(objectId), encode(explicit0, value), ...set)
}

function attribute(objectId: string, value: Buffer): Buffer {
  return encode(tags.sequence, encodeObjectId(objectId), encode(tags.set, value))
}

function plainData(content: Buffer): Buffer {
  const octets = encode(tags.octetString, content)
  return encode(tags.sequence, encodeObjectId(objectIds.data), encode(explicit0, octets))
}

/** EncryptedData, RFC 5652 8. */
function encryptedData(algorithm: Buffer, encrypted: Buffer): Buffer {
  const info = encode(
    tags.sequence,
    encodeObjectId(objectIds.data),
    algorithm,
    encode(implicit0, encrypted),
  )
  const data = encode(tags.sequence, encodeUnsigned(0), info)
  return encode(tags.sequence, encodeObjectId(objectIds.encryptedData), encode(explicit0, data))
}
