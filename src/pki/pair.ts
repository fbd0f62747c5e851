import { createECDH, generateKeyPairSync, hash } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { encode, encodeObjectId, encodeUnsigned, tags } from './der.js'
import { keyIdentifierOf } from './key.js'

/** A new key in DER: what many are made as, for a `KeyObject` costs more to read than to draw. */
interface Pair {
  /** SubjectPublicKeyInfo, RFC 5280 4.1. */
  readonly publicKey: Buffer
  /** See `keyIdentifier`. */
  readonly keyId: Buffer
  /** PKCS#8, RFC 5208 5; whoever has it writes it where only its owner reads. */
  readonly privateKey: Buffer
}

/**
 * Draws one key after the other. Of a curve by ECDH, which is the fastest that Node has: the same
 * points, without OpenSSL's encoders, which take ten times as long as the key.
 */
export function pairMaker(algorithm: KeyAlgorithm): () => Pair {
  switch (algorithm) {
    case 'p256':
      return onCurve({ name: 'prime256v1', objectId: '1.2.840.10045.3.1.7', bytes: 32 })
    case 'p384':
      return onCurve({ name: 'secp384r1', objectId: '1.3.132.0.34', bytes: 48 })
    case 'ed25519':
      return () =>
        identified(generateKeyPairSync('ed25519', { publicKeyEncoding, privateKeyEncoding }))
    case 'rsa2048':
    case 'rsa3072':
    case 'rsa4096': {
      const modulusLength = Number(algorithm.slice('rsa'.length))
      const options = { modulusLength, publicKeyEncoding, privateKeyEncoding }
      return () => identified(generateKeyPairSync('rsa', options))
    }
  }
}

const publicKeyEncoding = { format: 'der', type: 'spki' } as const
const privateKeyEncoding = { format: 'der', type: 'pkcs8' } as const

function identified(pair: Omit<Pair, 'keyId'>): Pair {
  return { ...pair, keyId: keyIdentifierOf(pair.publicKey) }
}

interface Curve {
  /** As OpenSSL calls it. */
  readonly name: string
  readonly objectId: string
  /** Of a coordinate. */
  readonly bytes: number
}

/** All keys of a curve differ in their numbers alone, so the rest is encoded once. */
function onCurve(curve: Curve): () => Pair {
  const ecdh = createECDH(curve.name)
  const blank = encodePair(curve, {
    point: Buffer.alloc(1 + 2 * curve.bytes),
    scalar: Buffer.alloc(curve.bytes),
  })
  return () => {
    const point = ecdh.generateKeys()
    const publicKey = Buffer.from(blank.publicKey)
    publicKey.set(point, publicKey.length - point.length)
    const privateKey = Buffer.from(blank.privateKey)
    privateKey.set(point, privateKey.length - point.length)
    // Node leaves out zero bytes in front; here they are in their place already.
    const scalar = ecdh.getPrivateKey()
    privateKey.set(scalar, blank.scalarEnd - scalar.length)
    return { publicKey, privateKey, keyId: hash('sha1', point, 'buffer') }
  }
}

function encodePair(
  { objectId }: Curve,
  { point, scalar }: { readonly point: Buffer; readonly scalar: Buffer },
): Omit<Pair, 'keyId'> & { readonly scalarEnd: number } {
  const curve = encodeObjectId(objectId)
  const publicKey = encode(0xa1, encode(tags.bitString, Buffer.of(0), point))
  // ECPrivateKey, RFC 5915 3.
  const key = encode(tags.sequence, encodeUnsigned(1), encode(tags.octetString, scalar), publicKey)
  const privateKey = encode(
    tags.sequence,
    encodeUnsigned(0),
    curveAlgorithm(curve),
    encode(tags.octetString, key),
  )
  return {
    publicKey: curveKeyInfo(curve, point),
    privateKey,
    scalarEnd: privateKey.length - publicKey.length,
  }
}

/**
 * The SubjectPublicKeyInfo of a point, RFC 5480 2.
 * @param curve its object identifier, in DER
 */
export function curveKeyInfo(curve: Buffer, point: Buffer): Buffer {
  return encode(tags.sequence, curveAlgorithm(curve), encode(tags.bitString, Buffer.of(0), point))
}

function curveAlgorithm(curve: Buffer): Buffer {
  return encode(tags.sequence, encodeObjectId('1.2.840.10045.2.1'), curve)
}
