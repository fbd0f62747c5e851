import { pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../secret.js'

/**
 * Rounds of PBKDF2. The broker is single-threaded and pays them at every login, so a generated
 * secret (128 bits and more, nothing to guess) gets Mosquitto 2.0's own number, and one that a
 * person chose gets what costs a login about 10 ms.
 */
export const hashIterations = { generated: 101, chosen: 10_000 } as const

/** The only salt length that 1.6, 2.0 and 2.1 all accept. */
export const saltBytes = 12

const hashBytes = 64

/** `$7$ITERATIONS$SALT$HASH`, as `mosquitto_passwd` writes it: PBKDF2-HMAC-SHA512. */
export function hashPassword(password: Secret, salt: Uint8Array, iterations: number): string {
  const hash = pbkdf2Sync(password.reveal(), salt, iterations, hashBytes, 'sha512')
  const parts = [String(iterations), Buffer.from(salt).toString('base64'), hash.toString('base64')]
  return `$7$${parts.join('$')}`
}

/** True where `hash` was made from this password; a hash of another kind is never a match. */
export function verifyPassword(password: Secret, hash: string): boolean {
  const [, kind, iterations, salt, digest] = hash.split('$')
  if (kind !== '7' || salt === undefined || digest === undefined) return false
  if (!/^[1-9]\d{0,8}$/.test(iterations ?? '')) return false
  const expected = Buffer.from(digest, 'base64')
  const actual = pbkdf2Sync(
    password.reveal(),
    Buffer.from(salt, 'base64'),
    Number(iterations),
    hashBytes,
    'sha512',
  )
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** The password file: a user to a line, sorted so that order is no difference. */
export function passwordFile(hashes: ReadonlyMap<string, string>): string {
  return [...hashes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hash]) => `${name}:${hash}\n`)
    .join('')
}

/** Whether a hash is whole, as `hashPassword` makes it. */
export function isPasswordHash(hash: string): boolean {
  return /^\$7\$[1-9]\d*\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/.test(hash)
}
