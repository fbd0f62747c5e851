import { constants, open, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../world.js'
import { syncFolder } from './atomic.js'
import { extendChain, readChain, type Chain, type Head } from './chain.js'
import { isMissing, unreadable, unwritable } from './failure.js'
import { bookkeeping, modes } from './layout.js'
import type { Act, LedgerEntry } from './ledger.js'
import { judgeLedger } from './soundness.js'

/** What the ledger holds, and what a person should know about its end. */
export interface LedgerReading {
  readonly entries: readonly LedgerEntry[]
  /** Sentences: the last write was cut off, or the file that guards the end is missing. */
  readonly notices: readonly string[]
}

/** A ledger that is open for appending; only the holder of the vault's lock has one. */
interface LedgerWriter {
  /** Read again after an append: a hundred thousand lines are not held while they are written. */
  readonly entries: () => Promise<readonly LedgerEntry[]>
  /** Returns when the entries are on the disk; a group of any size costs one fsync. */
  readonly append: (acts: readonly Act[]) => Promise<readonly LedgerEntry[]>
}

/** Reads and judges the ledger, and writes nothing; one that does not exist yet is empty. */
export async function readLedger(folder: string): Promise<LedgerReading> {
  const { chain, notices } = await judgedLedger(folder)
  return { entries: chain.entries, notices }
}

/** Opens the ledger for appending: repairs an end that was cut off, and reports it. */
export async function openLedger(
  folder: string,
  world: Pick<World, 'now' | 'report'>,
): Promise<LedgerWriter> {
  let entries: readonly LedgerEntry[] | undefined
  const reopen = async (): Promise<End> => {
    const { head, bytes, ...chain } = await repairLedger(folder, world)
    entries = chain.entries
    return { head, bytes }
  }
  let end: End | undefined = await reopen()
  const append = async (acts: readonly Act[]): Promise<readonly LedgerEntry[]> => {
    // After a failed write it is the file that knows how far it came.
    const before = end ?? (await reopen())
    end = undefined
    entries = undefined
    const group = extendChain(before.head, acts, world.now())
    await appendLines(folder, before, group)
    end = { head: group.head, bytes: before.bytes + Buffer.byteLength(group.lines) }
    return group.entries
  }

  let queue: Promise<unknown> = Promise.resolve()
  return {
    entries: async () => (entries ??= (await readLedger(folder)).entries),
    append: acts => {
      // One after the other: each line holds the hash of the one before.
      const done = queue.then(() => append(acts))
      queue = done.catch(() => undefined)
      return done
    },
  }
}

type End = Pick<Chain, 'head' | 'bytes'>

/** First the lines reach the disk, then the head promises them, then the caller may rely on them. */
async function appendLines(
  folder: string,
  before: End,
  { lines, head }: { readonly lines: string; readonly head: Head },
): Promise<void> {
  const path = join(folder, bookkeeping.ledger)
  try {
    await withFile(path, appending, async file => {
      try {
        await file.appendFile(lines)
        await file.sync()
      } catch (error) {
        // Gives a full disk its bytes back. Where even that fails, the next opening repairs the end.
        await file.truncate(before.bytes).catch(() => undefined)
        throw error
      }
    })
    if (before.bytes === 0) await syncFolder(folder)
    await withFile(join(folder, bookkeeping.head), inPlace, file => writeHead(file, head))
  } catch (error) {
    throw unwritable(path, error)
  }
}

async function repairLedger(folder: string, { report }: Pick<World, 'report'>): Promise<Chain> {
  const { chain, notices, isGuarded } = await judgedLedger(folder)
  if (notices.length === 0 && isGuarded) return chain
  const path = join(folder, bookkeeping.ledger)
  try {
    await withFile(join(folder, bookkeeping.head), inPlace, async file => {
      await writeHead(file, chain.head)
      // The promise is taken back before the lines go: a crash between the two leaves a cut-off
      // line, which can be repaired, and not a line that is missing.
      await file.sync()
    })
    if (chain.isUnended || chain.fault !== undefined) await repairEnd(path, chain)
  } catch (error) {
    throw unwritable(path, error)
  }
  for (const message of notices) report({ kind: 'ledger-repaired', message })
  return chain.isUnended ? { ...chain, bytes: chain.bytes + 1 } : chain
}

async function repairEnd(path: string, { bytes, isUnended }: Chain): Promise<void> {
  await withFile(path, appending, async file => {
    await file.truncate(bytes)
    if (isUnended) await file.appendFile('\n')
    await file.sync()
  })
}

interface Judged {
  readonly chain: Chain
  readonly notices: readonly string[]
  readonly isGuarded: boolean
}

async function judgedLedger(folder: string): Promise<Judged> {
  const path = join(folder, bookkeeping.ledger)
  // Before the lines: whoever writes adds the lines first, so this head is never ahead of them.
  const promised = await readHead(folder)
  const content = await readIfThere(path)
  const chain = readChain(content)
  const notices = judgeLedger({ path, chain, promised, bytes: content.length })
  return { chain, notices, isGuarded: promised !== undefined }
}

async function readHead(folder: string): Promise<Head | undefined> {
  const content = await readIfThere(join(folder, bookkeeping.head))
  const [, seq, sha256] = /^ *(\d+) ([0-9a-f]{64})\n$/.exec(content.toString('latin1')) ?? []
  return seq === undefined || sha256 === undefined ? undefined : { seq: Number(seq), sha256 }
}

/**
 * Always of one length and in place, so that a promise costs no fsync and no rename of its own: a
 * power cut leaves the new head, or the old one, which promises less.
 */
async function writeHead(file: FileHandle, { seq, sha256 }: Head): Promise<void> {
  const content = `${String(seq).padStart(headDigits)} ${sha256}\n`
  await file.writeFile(content)
  await file.truncate(content.length)
}

const headDigits = 12

const appending = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND
const inPlace = constants.O_WRONLY | constants.O_CREAT

async function withFile(
  path: string,
  flags: number,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, modes.file)
  try {
    await work(file)
  } finally {
    await file.close()
  }
}

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0)
    throw unreadable(path, error)
  }
}
