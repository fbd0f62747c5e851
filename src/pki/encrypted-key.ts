import { BednetError } from '../error.js'
import type { Secret } from '../secret.js'
import { encode, tags } from './der.js'
import { sealPbes2, type Sealed } from './pbes2.js'
import { encodePem } from './pem.js'

/** What OWASP's Password Storage Cheat Sheet asks of PBKDF2-HMAC-SHA256. */
const iterations = 600_000
/** OpenSSL's PEM_BUFSIZE, and Node's limit: a longer one would lock the key for ever. */
const maxPassphraseBytes = 1024

/**
 * EncryptedPrivateKeyInfo with PBES2 (RFC 8018), as PEM. Written out here because Node's own export
 * cannot be told its number of iterations and takes OpenSSL's 2,048.
 * @param pkcs8 the key, as PrivateKeyInfo in DER
 */
export function encryptPrivateKey(pkcs8: Buffer, passphrase: Secret): string {
  const sealed = sealPbes2(pkcs8, passphraseBytes(passphrase), iterations)
  return encodePem('ENCRYPTED PRIVATE KEY', encryptedKeyInfo(sealed))
}

/** EncryptedPrivateKeyInfo, RFC 5958 3. */
export function encryptedKeyInfo({ algorithm, encrypted }: Sealed): Buffer {
  return encode(tags.sequence, algorithm, encode(tags.octetString, encrypted))
}

/**
 * A passphrase as UTF-8.
 * @throws BednetError SECRET_MISSING for an empty one, SECRET_WRONG for one past 1,024 bytes
 */
export function passphraseBytes(passphrase: Secret): Buffer {
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
