import { KeyObject, sign, verify } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { decode, encode, encodeObjectId, nth, tags } from './der.js'
import { requireAlgorithm } from './key.js'

/** A private key, or one that signs where it is and never leaves it. */
export type SigningKey = KeyObject | RemoteKey

/** A private key that only its holder uses: a token for one. */
export interface RemoteKey {
  readonly publicKey: KeyObject
  /**
   * The signature as certificates carry it: of an EC key in DER. The hash is what node:crypto calls
   * it; null where the scheme has its own.
   */
  readonly sign: (content: Buffer, hash: 'sha256' | 'sha384' | null) => Promise<Buffer>
}

interface Scheme {
  /** As node:crypto names it; null where the scheme has its own (Ed25519). */
  readonly hash: 'sha256' | 'sha384' | null
  readonly objectId: string
  /** RFC 4055 asks for NULL after an RSA scheme; RFC 5758 and RFC 8410 for nothing elsewhere. */
  readonly parameters: 'null' | 'absent'
}

const rsa: Scheme = { hash: 'sha256', objectId: '1.2.840.113549.1.1.11', parameters: 'null' }

const schemes: Readonly<Record<KeyAlgorithm, Scheme>> = {
  p256: { hash: 'sha256', objectId: '1.2.840.10045.4.3.2', parameters: 'absent' },
  p384: { hash: 'sha384', objectId: '1.2.840.10045.4.3.3', parameters: 'absent' },
  rsa2048: rsa,
  rsa3072: rsa,
  rsa4096: rsa,
  ed25519: { hash: null, objectId: '1.3.101.112', parameters: 'absent' },
}

/** How signatures by this key are announced: the AlgorithmIdentifier, in DER. */
export function signatureIdentifier(key: SigningKey): Buffer {
  const { objectId, parameters } = schemes[requireAlgorithm(halfOf(key))]
  const none = parameters === 'null' ? [encode(tags.null)] : []
  return encode(tags.sequence, encodeObjectId(objectId), ...none)
}

/** Certificate and revocation list alike; see `contentSigner`. */
export async function signContent(content: Buffer, key: SigningKey): Promise<Buffer> {
  return await contentSigner(key)(content)
}

/** A half that tells the algorithm and the identifier of a key. */
export function halfOf(key: SigningKey): KeyObject {
  return key instanceof KeyObject ? key : key.publicKey
}

/** Whether this key made the signature, as `signContent` makes them. */
export function isSignedBy(signed: Buffer, key: KeyObject): boolean {
  const [content, identifier, signature] = decode(nth(decode(signed), 0).content)
  if (content === undefined || identifier === undefined || signature === undefined) return false
  if (!identifier.whole.equals(signatureIdentifier(key))) return false
  const { hash } = schemes[requireAlgorithm(key)]
  return verify(hash, content.whole, key, signature.content.subarray(1))
}

/**
 * RFC 5280 4.1.1 and 5.1.1: the content, the signature's algorithm, the signature. With a key that is
 * here it answers at once, for a thread-pool hop costs more than the signature.
 */
export function contentSigner(key: SigningKey): (content: Buffer) => Buffer | Promise<Buffer> {
  const { hash } = schemes[requireAlgorithm(halfOf(key))]
  const identifier = signatureIdentifier(key)
  const signed = (content: Buffer, signature: Buffer) =>
    encode(tags.sequence, content, identifier, encode(tags.bitString, Buffer.of(0), signature))
  if (key instanceof KeyObject) return content => signed(content, sign(hash, content, key))
  return async content => signed(content, await key.sign(content, hash))
}
