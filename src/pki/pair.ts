import { createECDH, generateKeyPairSync, type ECDH } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { encode, encodeObjectId, encodeUnsigned, tags } from './der.js'

/** A new key in DER: what many are made as, for a `KeyObject` costs more to read than to draw. */
interface Pair {
  /** SubjectPublicKeyInfo, RFC 5280 4.1. */
  readonly publicKey: Buffer
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
      return () => generateKeyPairSync('ed25519', { publicKeyEncoding, privateKeyEncoding })
    case 'rsa2048':
    case 'rsa3072':
    case 'rsa4096': {
      const modulusLength = Number(algorithm.slice('rsa'.length))
      return () =>
        generateKeyPairSync('rsa', { modulusLength, publicKeyEncoding, privateKeyEncoding })
    }
  }
}

const publicKeyEncoding = { format: 'der', type: 'spki' } as const
const privateKeyEncoding = { format: 'der', type: 'pkcs8' } as const

interface Curve {
  /** As OpenSSL calls it. */
  readonly name: string
  readonly objectId: string
  /** Of a coordinate. */
  readonly bytes: number
}

function onCurve({ name, objectId, bytes }: Curve): () => Pair {
  const ecdh = createECDH(name)
  const algorithm = curveAlgorithm(encodeObjectId(objectId))
  return () => {
    const point = encode(tags.bitString, Buffer.of(0), ecdh.generateKeys())
    // ECPrivateKey, RFC 5915 3.
    const key = encode(
      tags.sequence,
      encodeUnsigned(1),
      encode(tags.octetString, scalar(ecdh, bytes)),
      encode(0xa1, point),
    )
    return {
      publicKey: encode(tags.sequence, algorithm, point),
      privateKey: encode(
        tags.sequence,
        encodeUnsigned(0),
        algorithm,
        encode(tags.octetString, key),
      ),
    }
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

/** Node leaves out zero bytes in front, and one key in 256 would be refused. */
function scalar(ecdh: ECDH, bytes: number): Buffer {
  const short = ecdh.getPrivateKey()
  return Buffer.concat([Buffer.alloc(bytes - short.length), short])
}
