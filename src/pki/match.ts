import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { publicKeyIn } from './certificate.js'
import { decode, encodeObjectId, nth } from './der.js'
import { isEncrypted } from './key.js'
import { decodePem } from './pem.js'

/**
 * Whether a private key belongs to a certificate in DER; undefined where it is encrypted.
 *
 * The public key stands in the private one of RSA and the curves, and OpenSSL compares no more than
 * that: to find its bytes there takes a fiftieth of the time.
 */
export function isKeyOf(certificate: Buffer, pem: string): boolean | undefined {
  if (isEncrypted(pem)) return undefined
  const publicKey = publicKeyIn(certificate)
  if (decodePem('PRIVATE KEY', pem)?.includes(tellingBytes(publicKey)) === true) return true
  try {
    const derived = publicHalf(createPrivateKey(pem))
    return derived.equals(publicKey)
  } catch {
    return false
  }
}

function publicHalf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' })
}

/** The point of a curve; of RSA modulus and exponent, which follow each other in both keys. */
function tellingBytes(publicKey: Buffer): Buffer {
  const [algorithm, bits] = decode(nth(decode(publicKey), 0).content)
  if (algorithm === undefined || bits === undefined) return publicKey
  const key = bits.content.subarray(1)
  const isRsa = nth(decode(algorithm.content), 0).whole.equals(rsaEncryption)
  return isRsa ? nth(decode(key), 0).content : key
}

const rsaEncryption = encodeObjectId('1.2.840.113549.1.1.1')
