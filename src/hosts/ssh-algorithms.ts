import type { ConnectConfig } from './ssh2.js'

type Algorithms = NonNullable<ConnectConfig['algorithms']>

/** What to offer a host: fast ones first, and the key types that known_hosts has before others. */
export function offeredAlgorithms(keyTypes: readonly string[]): Algorithms {
  return {
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group14-sha256',
    ],
    // AES-GCM has the processor's help almost everywhere.
    cipher: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'chacha20-poly1305@openssh.com',
      'aes256-ctr',
      'aes128-ctr',
    ],
    serverHostKey: keyTypes.flatMap(type => signatures[type] ?? []),
    compress: ['none'],
  }
}

type HostKeySignature = Extract<NonNullable<Algorithms['serverHostKey']>, readonly unknown[]>

/** An RSA key signs with SHA-2; `ssh-rsa` as a signature means SHA-1. */
const signatures: Readonly<Record<string, HostKeySignature>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}
