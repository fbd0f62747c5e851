import { hash } from 'node:crypto'
import { isLedgerEntry, type Act, type LedgerEntry } from './ledger.js'

/** The end of a chain: how many lines it has, and the SHA-256 of the last. */
export interface Head {
  readonly seq: number
  readonly sha256: string
}

/** The lines of a ledger up to the first that is not sound. */
export interface Chain {
  readonly entries: readonly LedgerEntry[]
  readonly head: Head
  /** Length of the sound lines in the file. */
  readonly bytes: number
  /** The last sound line lacks its line end: a write was cut off one byte before it was done. */
  readonly isUnended: boolean
  readonly fault: Fault | undefined
}

/** The first line that is not sound. */
export interface Fault {
  readonly line: number
  readonly what: string
  /** Not JSON: what a write leaves that was cut off. A changed line is JSON and fits no chain. */
  readonly isTorn: boolean
  readonly isLast: boolean
}

/** The end of a ledger that has no line yet. */
export const emptyHead: Head = { seq: 0, sha256: '0'.repeat(64) }

/** Reads lines for as long as each one is whole and names the one before it. */
export function readChain(content: Buffer): Chain {
  const entries: LedgerEntry[] = []
  let head = emptyHead
  let bytes = 0
  let fault: Fault | undefined
  while (bytes < content.length && fault === undefined) {
    const end = endOfLine(content, bytes)
    const line = content.subarray(bytes, end)
    const entry = readLine(line, head)
    if ('what' in entry) {
      fault = { ...entry, line: head.seq + 1, isLast: end + 1 >= content.length }
    } else {
      entries.push(entry)
      head = { seq: entry.seq, sha256: sha256(line) }
      bytes = Math.min(end + 1, content.length)
    }
  }
  return { entries, head, bytes, isUnended: bytes > 0 && content[bytes - 1] !== lineEnd, fault }
}

/** The lines that put acts on record, and the end of the chain after them. */
export function extendChain(
  head: Head,
  acts: readonly Act[],
  at: Date,
): { readonly entries: readonly LedgerEntry[]; readonly lines: string; readonly head: Head } {
  const entries: LedgerEntry[] = []
  const lines: string[] = []
  let end = head
  for (const act of acts) {
    const entry = {
      seq: end.seq + 1,
      at: at.toISOString(),
      ...canonical(act),
      previous: end.sha256,
    }
    const line = JSON.stringify(entry)
    entries.push(entry)
    lines.push(`${line}\n`)
    end = { seq: entry.seq, sha256: sha256(line) }
  }
  return { entries, lines: lines.join(''), head: end }
}

const lineEnd = 0x0a

function endOfLine(content: Buffer, from: number): number {
  const end = content.indexOf(lineEnd, from)
  return end === -1 ? content.length : end
}

function readLine(line: Buffer, before: Head): LedgerEntry | Pick<Fault, 'what' | 'isTorn'> {
  const value = parse(line)
  if (value === undefined) return { what: 'the line is not whole', isTorn: true }
  if (!isLedgerEntry(value)) return { what: 'the line is no ledger entry', isTorn: false }
  if (value.seq !== before.seq + 1)
    return { what: `the line says it is number ${String(value.seq)}`, isTorn: false }
  if (value.previous !== before.sha256)
    return {
      what: `it does not follow line ${String(before.seq)}: one of them was changed`,
      isTorn: false,
    }
  return value
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Serials are looked up as text, and one in capitals would not be found: it would stay trusted. */
function canonical(act: Act): Act {
  return act.act === 'crl' ? act : { ...act, serial: act.serial.toLowerCase() }
}

function sha256(line: Buffer | string): string {
  return hash('sha256', line)
}
