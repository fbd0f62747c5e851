import type { KeyAlgorithm } from '../algorithm.js'

/** Whether it takes less to break the one than the other, by NIST SP 800-57 part 1, table 2. */
export function isWeaker(algorithm: KeyAlgorithm, than: KeyAlgorithm): boolean {
  return bits[algorithm] < bits[than]
}

/** Of a symmetric key that is as hard to find; RSA of 4096 bits lies between two lines of the table. */
const bits: Readonly<Record<KeyAlgorithm, number>> = {
  rsa2048: 112,
  rsa3072: 128,
  p256: 128,
  ed25519: 128,
  rsa4096: 140,
  p384: 192,
}
