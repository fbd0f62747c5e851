import forge from 'node-forge'

/** What a key is derived for: RFC 7292 B.3 tells the three apart by a number. */
const purposes = { encryption: 1, iv: 2, mac: 3 } as const

interface Derivation {
  readonly passphrase: string
  readonly salt: Buffer
  readonly rounds: number
  readonly digest: 'sha1' | 'sha256'
  readonly purpose: keyof typeof purposes
  readonly bytes: number
}

/**
 * The derivation that PKCS#12 has of its own (RFC 7292 B.2): of every MAC, and of the keys in files for
 * old phones. Node's crypto reads it in such files and cannot be asked for it.
 */
export function deriveKey({ passphrase, salt, rounds, digest, ...wanted }: Derivation): Buffer {
  const bytes = forge.pkcs12.generateKey(
    passphrase,
    forge.util.createBuffer(salt.toString('latin1')),
    purposes[wanted.purpose],
    rounds,
    wanted.bytes,
    forge.md[digest].create(),
  )
  return Buffer.from(bytes.getBytes(), 'latin1')
}
