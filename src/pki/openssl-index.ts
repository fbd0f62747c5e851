import { hexSerial } from './serial.js'
import type { Revoked, RevocationReason } from './revocation.js'

/** What an authority of OpenSSL has issued, as its `index.txt` says it. */
interface OpensslIndex {
  /** Each with the common name of its subject; empty where it has none. */
  readonly revoked: readonly (Revoked & { readonly name: string })[]
  /** How many are neither revoked nor expired by this file. */
  readonly valid: number
  /** Lines that are none, counted from 1: what they revoke is not known. */
  readonly faults: readonly number[]
}

/**
 * Reads the `index.txt` that `openssl ca` and easy-rsa keep: a line each, with tabs between its state,
 * expiry, revocation, serial, file and subject.
 */
export function readOpensslIndex(text: string): OpensslIndex {
  const rows = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(line => line.replace(/\r$/, '').split('\t'))
  const revoked = rows.map(revokedBy)
  return {
    revoked: revoked.filter(row => row !== undefined),
    valid: rows.filter(([state]) => state === 'V').length,
    faults: rows.flatMap((row, index) =>
      isOther(row) || revoked[index] !== undefined ? [] : [index + 1],
    ),
  }
}

/** Valid, expired, or empty. */
function isOther(row: readonly string[]): boolean {
  const [state = '', , , serial = ''] = row
  return (row.length === 1 && state === '') || (/^[VE]$/.test(state) && isSerial(serial))
}

function isSerial(text: string): boolean {
  return /^[0-9A-F]+$/i.test(text)
}

function revokedBy(row: readonly string[]): OpensslIndex['revoked'][number] | undefined {
  const [state, , when = '', serial = '', , subject = ''] = row
  const [date = '', reason = ''] = when.split(',')
  const revokedAt = dateOf(date)
  if (state !== 'R' || revokedAt === undefined || !isSerial(serial)) return undefined
  const whole = Buffer.from(serial.padStart(serial.length + (serial.length % 2), '0'), 'hex')
  return {
    serial: hexSerial(whole),
    revokedAt,
    reason: reasons.get(reason.toLowerCase()) ?? 'unspecified',
    name: /\/CN=([^/]*)/.exec(subject)?.[1] ?? '',
  }
}

/** `YYMMDDHHMMSSZ`, and from 2050 on with four digits for the year. */
function dateOf(text: string): Date | undefined {
  const found = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (found === null) return undefined
  const [year = 0, month = 1, ...rest] = found.slice(1).map(Number)
  const [day = 1, hours = 0, minutes = 0, seconds = 0] = rest
  const full = year > 99 ? year : year + (year < 50 ? 2000 : 1900)
  return new Date(Date.UTC(full, month - 1, day, hours, minutes, seconds))
}

/** As `openssl ca -crl_reason` spells them; of holds and authorities bednet's lists know nothing. */
const reasons: ReadonlyMap<string, RevocationReason> = new Map(
  (
    [
      'keyCompromise',
      'affiliationChanged',
      'superseded',
      'cessationOfOperation',
      'privilegeWithdrawn',
    ] as const
  ).map(reason => [reason.toLowerCase(), reason]),
)
