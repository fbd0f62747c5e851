import { BednetError } from '../error.js'
import type { Chain, Head } from './chain.js'
import { bookkeeping } from './layout.js'

/** What is known about a ledger besides its lines. */
interface Ledger {
  readonly path: string
  readonly chain: Chain
  /** Length of the file. */
  readonly bytes: number
  /** The end that was promised to whoever wrote last; undefined where that is not on record. */
  readonly promised: Head | undefined
}

/**
 * Sentences about an end that can be repaired; throws where it can not.
 *
 * What was never promised may go, and is said; what was promised may not. The one exception is a
 * torn last line: a disk that lies about its cache does that, and refusing would stop everything.
 */
export function judgeLedger(ledger: Ledger): readonly string[] {
  const { path, chain, promised } = ledger
  refuseFault(ledger)
  refuseMissingLines(ledger)
  refuseOtherLines(ledger)
  const isGuarded = promised !== undefined || chain.head.seq === 0
  return [
    ...endNotices(ledger),
    ...(isGuarded
      ? []
      : [`${path} had no ${bookkeeping.head} beside it: lines missing at its end would go unseen`]),
  ]
}

function refuseFault({ path, chain: { fault }, promised }: Ledger): void {
  if (fault === undefined) return
  const isUnpromised = promised !== undefined && fault.line > promised.seq
  if (fault.isTorn && (fault.isLast || isUnpromised)) return
  throw damaged(path, fault.line, fault.what)
}

function refuseMissingLines({ path, chain: { head, fault }, promised }: Ledger): void {
  if (promised === undefined || promised.seq <= head.seq || promised.seq === fault?.line) return
  const missing = `${String(promised.seq)} lines were written, ${String(head.seq)} are left`
  throw damaged(path, head.seq + 1, missing)
}

/** The chain protects a line by the one after it; the last line is protected by the promise only. */
function refuseOtherLines({ path, chain: { entries, head }, promised }: Ledger): void {
  if (promised === undefined || promised.seq === 0 || promised.seq > head.seq) return
  const found = entries[promised.seq]?.previous ?? head.sha256
  if (found !== promised.sha256)
    throw damaged(path, promised.seq, 'it is not the line that was written')
}

function endNotices({ path, bytes, chain }: Ledger): readonly string[] {
  const { fault } = chain
  if (fault !== undefined) {
    const lost = `the last ${String(bytes - chain.bytes)} bytes, from line ${String(fault.line)} on`
    return [`${path}: a write was cut off; ${lost}, are no whole entries and do not count`]
  }
  return chain.isUnended
    ? [`${path}: a write was cut off; its last line is whole, its end not`]
    : []
}

function damaged(path: string, line: number, what: string): BednetError {
  return new BednetError(
    'VAULT_DAMAGED',
    `the ledger is damaged at line ${String(line)}: ${what}`,
    {
      at: `${path}:${String(line)}`,
      hint: `restore ${bookkeeping.ledger} and ${bookkeeping.head} together from a backup of the vault`,
    },
  )
}
