import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import { encode, encodeObjectId, encodeUnsigned, tags } from './der.js'

/** Something encrypted, and how: what PKCS#8 and PKCS#12 put into their structures. */
export interface Sealed {
  /** AlgorithmIdentifier, in DER. */
  readonly algorithm: Buffer
  readonly encrypted: Buffer
}

const saltBytes = 16
const ivBytes = 16
const keyBytes = 32

/** AES-256-CBC under PBKDF2-HMAC-SHA256, as PBES2 of RFC 8018 writes it down. */
export function sealPbes2(content: Buffer, password: Buffer, rounds: number): Sealed {
  const salt = randomBytes(saltBytes)
  const iv = randomBytes(ivBytes)
  const key = pbkdf2Sync(password, salt, rounds, keyBytes, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  return {
    algorithm: algorithmIdentifier(
      objectIds.pbes2,
      encode(tags.sequence, derivation(salt, rounds), encryption(iv)),
    ),
    encrypted: Buffer.concat([cipher.update(content), cipher.final()]),
  }
}

/** @param parameters in DER */
export function algorithmIdentifier(objectId: string, parameters: Buffer): Buffer {
  return encode(tags.sequence, encodeObjectId(objectId), parameters)
}

const objectIds = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const

function derivation(salt: Buffer, rounds: number): Buffer {
  const parameters = encode(
    tags.sequence,
    encode(tags.octetString, salt),
    encodeUnsigned(rounds),
    algorithmIdentifier(objectIds.hmacWithSha256, encode(tags.null)),
  )
  return algorithmIdentifier(objectIds.pbkdf2, parameters)
}

function encryption(iv: Buffer): Buffer {
  return algorithmIdentifier(objectIds.aes256Cbc, encode(tags.octetString, iv))
}
