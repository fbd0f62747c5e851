import { join } from 'node:path'
import { bookkeeping } from '../vault/layout.js'
import type { LedgerEntry } from '../vault/ledger.js'

/** Something in a vault that does not fit the rest of it. */
export interface Finding {
  readonly check:
    | 'ledger'
    | 'serial'
    | 'certificate'
    | 'missing'
    | 'key'
    | 'signature'
    | 'batch'
    | 'crl'
    | 'mode'
    | 'password'
  /** The line of the ledger, as `file:line`, or the file where no line is about it. */
  readonly at: string
  readonly what: string
  /** What to do. */
  readonly hint: string
}

/** Where an entry stands. */
export function lineOf(folder: string, { seq }: Pick<LedgerEntry, 'seq'>): string {
  return `${join(folder, bookkeeping.ledger)}:${String(seq)}`
}
