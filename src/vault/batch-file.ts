import { gunzipSync } from 'node:zlib'
import { BednetError } from '../error.js'
import { batchEntry } from './layout.js'

/** The tar of a batch, as `writeBatch` was given it. */
export function openBatch(gzipped: Uint8Array, number: number): Buffer {
  try {
    return gunzipSync(gzipped)
  } catch (cause) {
    throw damagedBatch(number, 'cannot be unpacked', cause)
  }
}

/** The error for a batch that has not what the ledger says. */
export function damagedBatch(number: number, what: string, cause?: unknown): BednetError {
  return new BednetError('VAULT_DAMAGED', `the batch ${batchEntry(number)} ${what}`, {
    at: batchEntry(number),
    hint: 'restore it from a backup of the vault, or remove it: "bednet issue" then makes new ones',
    cause,
  })
}
