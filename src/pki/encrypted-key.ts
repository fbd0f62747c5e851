import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import { BednetError } from '../error.js'
import type { Secret } from '../secret.js'
import { encode, encodeObjectId, encodeUnsigned, tags } from './der.js'
import { encodePem } from './pem.js'

/** What OWASP's Password Storage Cheat Sheet asks of PBKDF2-HMAC-SHA256. */
const iterations = 600_000
const saltBytes = 16
const ivBytes = 16
const keyBytes = 32
/** OpenSSL's PEM_BUFSIZE, and Node's limit: a longer one would lock the key for ever. */
const maxPassphraseBytes = 1024

/**
 * EncryptedPrivateKeyInfo with PBES2 (RFC 8018), as PEM. Written out here because Node's own export
 * cannot be told its number of iterations and takes OpenSSL's 2,048.
 * @param pkcs8 the key, as PrivateKeyInfo in DER
 */
export function encryptPrivateKey(pkcs8: Buffer, passphrase: Secret): string {
  const password = passphraseBytes(passphrase)
  const salt = randomBytes(saltBytes)
  const iv = randomBytes(ivBytes)
  const key = pbkdf2Sync(password, salt, iterations, keyBytes, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  const info = encode(
    tags.sequence,
    algorithm(objectIds.pbes2, encode(tags.sequence, derivation(salt), encryption(iv))),
    encode(tags.octetString, encrypted),
  )
  return encodePem('ENCRYPTED PRIVATE KEY', info)
}

const objectIds = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const

function derivation(salt: Buffer): Buffer {
  const parameters = encode(
    tags.sequence,
    encode(tags.octetString, salt),
    encodeUnsigned(iterations),
    algorithm(objectIds.hmacWithSha256, encode(tags.null)),
  )
  return algorithm(objectIds.pbkdf2, parameters)
}

function encryption(iv: Buffer): Buffer {
  return algorithm(objectIds.aes256Cbc, encode(tags.octetString, iv))
}

function algorithm(objectId: string, parameters: Buffer): Buffer {
  return encode(tags.sequence, encodeObjectId(objectId), parameters)
}

function passphraseBytes(passphrase: Secret): Buffer {
  const bytes = Buffer.from(passphrase.reveal())
  if (bytes.length === 0) {
    throw new BednetError('SECRET_MISSING', 'the passphrase for the private key is empty', {
      hint: 'set it, or leave the passphrase out to have the key unencrypted',
    })
  }
  if (bytes.length > maxPassphraseBytes) {
    const size = `${String(bytes.length)} bytes`
    throw new BednetError('SECRET_WRONG', `no program could read a passphrase of ${size}`, {
      hint: `OpenSSL stops at ${String(maxPassphraseBytes)} bytes: choose a shorter one`,
    })
  }
  return bytes
}
