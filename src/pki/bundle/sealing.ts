import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { encode, encodeObjectId, encodeUnsigned, tags } from '../der.js'
import { algorithmIdentifier, sealPbes2, type Sealed } from '../pbes2.js'

/** `modern`: AES-256 and SHA-256. `legacy`: 3DES and SHA-1, which old phones alone still need. */
export type Pkcs12Kind = 'modern' | 'legacy'

/** How a file of one kind is encrypted, and how its whole is protected. */
export interface Sealing {
  readonly seal: (content: Buffer) => Sealed
  /** MacData over the AuthenticatedSafe, RFC 7292 4. */
  readonly protect: (safe: Buffer) => Buffer
}

// A MAC that is quicker to try than the encryption would be what is guessed against, so both have as many.
const rounds = { modern: 100_000, legacy: 10_000 } as const
const digests = { modern: 'sha256', legacy: 'sha1' } as const
const digestBytes = { sha256: 32, sha1: 20 } as const
const saltBytes = 16
const tripleDes = { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 } as const

const objectIds = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  pbeWithSha1And3KeyTripleDesCbc: '1.2.840.113549.1.12.1.3',
} as const

/** @param passphrase ASCII: see `portablePassphrase` */
export async function sealingOf(kind: Pkcs12Kind, passphrase: string): Promise<Sealing> {
  // Large, and only files of this kind need it.
  const { deriveKey } = await import('./forge.js')
  const common = { passphrase, rounds: rounds[kind], digest: digests[kind] }
  const protect = (safe: Buffer): Buffer => {
    const salt = randomBytes(saltBytes)
    const bytes = digestBytes[common.digest]
    const key = deriveKey({ ...common, salt, purpose: 'mac', bytes })
    return macData(common, salt, createHmac(common.digest, key).update(safe).digest())
  }
  if (kind === 'modern') {
    const password = Buffer.from(passphrase)
    return { seal: content => sealPbes2(content, password, common.rounds), protect }
  }
  const seal = (content: Buffer): Sealed => {
    const salt = randomBytes(saltBytes)
    const derive = (purpose: 'encryption' | 'iv', bytes: number) =>
      deriveKey({ ...common, salt, purpose, bytes })
    const { name, keyBytes, ivBytes } = tripleDes
    const cipher = createCipheriv(name, derive('encryption', keyBytes), derive('iv', ivBytes))
    return {
      algorithm: algorithmIdentifier(
        objectIds.pbeWithSha1And3KeyTripleDesCbc,
        encode(tags.sequence, encode(tags.octetString, salt), encodeUnsigned(common.rounds)),
      ),
      encrypted: Buffer.concat([cipher.update(content), cipher.final()]),
    }
  }
  return { seal, protect }
}

function macData(
  { digest, rounds: count }: { readonly digest: 'sha1' | 'sha256'; readonly rounds: number },
  salt: Buffer,
  mac: Buffer,
): Buffer {
  const algorithm = encode(tags.sequence, encodeObjectId(objectIds[digest]), encode(tags.null))
  return encode(
    tags.sequence,
    encode(tags.sequence, algorithm, encode(tags.octetString, mac)),
    encode(tags.octetString, salt),
    encodeUnsigned(count),
  )
}
