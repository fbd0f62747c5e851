import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  hash,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { keyAlgorithms, type KeyAlgorithm } from '../algorithm.js'
import { BednetError } from '../error.js'
import type { Secret } from '../secret.js'
import { decode, nth } from './der.js'
import { encryptPrivateKey } from './encrypted-key.js'

const generate = promisify(generateKeyPair)
const privateKeyEncoding = { format: 'der', type: 'pkcs8' } as const
const publicKeyEncoding = { format: 'der', type: 'spki' } as const

/**
 * A new private key. It is a `KeyObject` of node:crypto, which printing and JSON do not reveal.
 * @example
 * ```ts
 * import { generateKey, keyAlgorithm } from 'bednet/pki'
 *
 * const key = await generateKey('p256')
 * key.type // => 'private'
 * keyAlgorithm(key) // => 'p256'
 * ```
 */
export async function generateKey(algorithm: KeyAlgorithm): Promise<KeyObject> {
  const { privateKey } = await generatePair(algorithm)
  // Through DER and back, because a KeyObject fresh from Node 20's generator shares a lock with
  // the job that made it: a garbage collection while its details are read hangs the process.
  return createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' })
}

/**
 * PKCS#8 PEM: as it is, or encrypted with AES-256-CBC under PBKDF2-HMAC-SHA256 with 600,000
 * iterations (Node's own export uses 2,048), which takes some tenths of a second.
 * @throws BednetError SECRET_MISSING for an empty passphrase, SECRET_WRONG for one past 1,024 bytes
 * @example
 * ```ts
 * import { generateKey, privateKeyPem, Secret } from 'bednet/pki'
 *
 * const key = await generateKey('ed25519')
 * privateKeyPem(key).split('\n')[0] // => '-----BEGIN PRIVATE KEY-----'
 * const locked = privateKeyPem(key, new Secret('correct horse'))
 * locked.split('\n')[0] // => '-----BEGIN ENCRYPTED PRIVATE KEY-----'
 * ```
 */
export function privateKeyPem(key: KeyObject, passphrase?: Secret): string {
  if (passphrase === undefined) return key.export({ format: 'pem', type: 'pkcs8' }).toString()
  return encryptPrivateKey(key.export({ format: 'der', type: 'pkcs8' }), passphrase)
}

/**
 * The private key in a PEM of PKCS#8, PKCS#1 or SEC1, encrypted or not. A passphrase for a key that
 * is not encrypted is not looked at.
 * @throws BednetError SECRET_MISSING where it is encrypted and no passphrase is given, SECRET_WRONG
 *   where the passphrase does not open it, KEY_UNREADABLE where it is no key that bednet can use
 * @example
 * ```ts
 * import { BednetError, generateKey, privateKeyPem, readPrivateKey, Secret } from 'bednet/pki'
 *
 * const key = await generateKey('p256')
 * const pem = privateKeyPem(key, new Secret('correct horse'))
 * readPrivateKey(pem, new Secret('correct horse')).equals(key) // => true
 *
 * const outcome = (attempt: () => unknown) => {
 *   try {
 *     return attempt()
 *   } catch (error) {
 *     return error instanceof BednetError ? error.code : 'another error'
 *   }
 * }
 * outcome(() => readPrivateKey(pem, new Secret('battery staple'))) // => 'SECRET_WRONG'
 * ```
 */
export function readPrivateKey(pem: string, passphrase?: Secret): KeyObject {
  const key = isEncrypted(pem) ? openKey(pem, passphrase) : readOpenKey(pem)
  requireAlgorithm(key)
  return key
}

/**
 * Refuses a broker key that only a passphrase opens, before it reaches a host.
 * @param pem the key, as its owner gave it
 * @param file where it came from, for the error
 * @throws BednetError KEY_UNREADABLE, with what the broker itself would say
 * @example
 * ```ts
 * import { generateKey, privateKeyPem, refuseEncrypted } from 'bednet/pki'
 *
 * refuseEncrypted(privateKeyPem(await generateKey('p256')), 'server.key') // => undefined
 * ```
 */
export function refuseEncrypted(pem: string, file: string): void {
  if (!isEncrypted(pem)) return
  const brokerSays = `Error: Unable to load server key file "${file}". Check keyfile.`
  throw new BednetError(
    'KEY_UNREADABLE',
    `the broker's key "${file}" is encrypted, and a broker has nobody to ask for its passphrase: ` +
      `it would end at start with "${brokerSays}" and "problems getting password"`,
    {
      at: file,
      hint: `decrypt it with "openssl pkey -in ${file} -out server.key" and keep that file 0600`,
    },
  )
}

/**
 * What a key, private or public, was made with; undefined where bednet does not make such keys.
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto'
 * import { generateKey, keyAlgorithm } from 'bednet/pki'
 *
 * keyAlgorithm(await generateKey('rsa2048')) // => 'rsa2048'
 * keyAlgorithm(generateKeyPairSync('x25519').publicKey) // => undefined
 * ```
 */
export function keyAlgorithm(key: KeyObject): KeyAlgorithm | undefined {
  const type = key.asymmetricKeyType
  if (type === 'ed25519') return 'ed25519'
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  if (type === 'ec') return curves.get(namedCurve)
  return keyAlgorithms.find(name => type === 'rsa' && name === `rsa${String(modulusLength)}`)
}

/** As `keyAlgorithm`, for a key that must be one of bednet's: KEY_UNREADABLE where it is not. */
export function requireAlgorithm(key: KeyObject): KeyAlgorithm {
  const algorithm = keyAlgorithm(key)
  if (algorithm !== undefined) return algorithm
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  const detail = namedCurve ?? (modulusLength === undefined ? '' : `${String(modulusLength)} bits`)
  const kind = `${String(key.asymmetricKeyType)} ${detail}`.trim()
  throw new BednetError('KEY_UNREADABLE', `a key of kind "${kind}" cannot be used`, {
    hint: `some clients or brokers refuse it: use one of ${keyAlgorithms.join(', ')}`,
  })
}

/**
 * The key identifier of RFC 5280 4.2.1.2, method 1: SHA-1 over the bits of the public key, in
 * lower-case hex. It tells keys apart and protects nothing, so SHA-1 is as good as any.
 */
export function keyIdentifier(key: KeyObject): string {
  return keyIdentifierOf(publicKeyBytes(key)).toString('hex')
}

/** As `keyIdentifier`, of a SubjectPublicKeyInfo in DER. */
export function keyIdentifierOf(publicKey: Buffer): Buffer {
  const bits = nth(decode(nth(decode(publicKey), 0).content), 1).content.subarray(1)
  return hash('sha1', bits, 'buffer')
}

/** The SubjectPublicKeyInfo in DER, of a pair or of a public key. */
export function publicKeyBytes(key: KeyObject): Buffer {
  return publicHalf(key).export({ format: 'der', type: 'spki' })
}

/** The public key of a pair; a public key is its own. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key
}

const curves: ReadonlyMap<string | undefined, KeyAlgorithm> = new Map([
  ['prime256v1', 'p256'],
  ['secp384r1', 'p384'],
])

async function generatePair(algorithm: KeyAlgorithm): Promise<{ privateKey: Buffer }> {
  switch (algorithm) {
    case 'p256':
      return generate('ec', { namedCurve: 'P-256', publicKeyEncoding, privateKeyEncoding })
    case 'p384':
      return generate('ec', { namedCurve: 'P-384', publicKeyEncoding, privateKeyEncoding })
    case 'ed25519':
      return generate('ed25519', { publicKeyEncoding, privateKeyEncoding })
    case 'rsa2048':
    case 'rsa3072':
    case 'rsa4096': {
      const modulusLength = Number(algorithm.slice('rsa'.length))
      return generate('rsa', { modulusLength, publicKeyEncoding, privateKeyEncoding })
    }
  }
}

/** PKCS#8 says it in its label, the older forms in a header (RFC 1421 4.6.1.1). */
export function isEncrypted(pem: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m.test(pem)
}

function readOpenKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new BednetError('KEY_UNREADABLE', 'this is no private key in PEM', {
      hint: 'it must hold a block that begins with "-----BEGIN PRIVATE KEY-----", whole',
      cause,
    })
  }
}

function openKey(pem: string, passphrase: Secret | undefined): KeyObject {
  if (passphrase === undefined) {
    throw new BednetError('SECRET_MISSING', 'the private key is encrypted and has no passphrase', {
      hint: 'give its passphrase where the profile says "passphrase:"',
    })
  }
  try {
    return createPrivateKey({ key: pem, passphrase: passphrase.reveal() })
  } catch (cause) {
    // A wrong passphrase decrypts to noise, so it cannot be told from a damaged key.
    throw new BednetError('SECRET_WRONG', 'the passphrase does not open the private key', {
      hint: 'check the passphrase; if it is right, the key is damaged: take it from a backup',
      cause,
    })
  }
}
