import { readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BednetError } from '../error.js'
import { Secret } from '../secret.js'
import { syncFolder, writeWhole } from './atomic.js'
import { isMissing, systemCode, unreadable, unwritable } from './failure.js'
import {
  hashesEntry,
  batchEntry,
  batchNumber,
  bookkeeping,
  entryNamed,
  isBinary,
  isName,
} from './layout.js'
import type { Entry, NamedFolder, PublicEntry, SecretEntry } from './layout.js'
import { openLedger, readLedger, type LedgerReading } from './ledger-file.js'
import type { Act, LedgerEntry } from './ledger.js'
import { withLock, type Purpose } from './lock.js'
import { complaintsAbout } from './modes.js'

/** A vault to look at. Nothing here writes, and a vault that does not exist yet is empty. */
export interface VaultReader {
  /** Absolute, `…/.bednet/SITE`. */
  readonly folder: string
  readonly read: (entry: PublicEntry) => Promise<string | undefined>
  /** Any entry, but as something that cannot be shown: what is uploaded by name needs no more. */
  readonly readSecret: (entry: Entry) => Promise<Secret | undefined>
  /** Credentials that were made together; see `writeBatch`. */
  readonly readBatch: (number: number) => Promise<Uint8Array>
  /** Hashes of the passwords of a batch, as `writeHashes` was given them. */
  readonly readHashes: (batch: number) => Promise<Secret>
  /** Numbers of the batches that are there. */
  readonly batches: () => Promise<readonly number[]>
  /** Names that have a folder of this kind, sorted. */
  readonly list: (kind: NamedFolder) => Promise<readonly string[]>
  /** Throws VAULT_DAMAGED, naming file and line, where an entry was changed or is missing. */
  readonly ledger: () => Promise<LedgerReading>
  /** Sentences about modes that let others in; empty where all is well. */
  readonly complaints: () => Promise<readonly string[]>
}

/** A vault that nobody else can change meanwhile. */
export interface Vault extends VaultReader {
  /** Whole or not at all, and on the disk when it returns. */
  readonly write: (entry: PublicEntry, content: string) => Promise<void>
  readonly writeSecret: (entry: SecretEntry, content: Secret) => Promise<void>
  readonly remove: (entry: Entry) => Promise<void>
  /** Many credentials in one file, with private keys in it: a tenth of the writes of a folder each. */
  readonly writeBatch: (number: number, content: Uint8Array) => Promise<void>
  /** Lines of a password file, apart from the batch: a plan needs them, and none of its keys. */
  readonly writeHashes: (batch: number, lines: Secret) => Promise<void>
  /**
   * Puts acts on record, in one group with one fsync, and returns when they are on the disk. A
   * certificate is handed out (written to an entry, pushed, printed) only after this has returned:
   * one that is in no ledger could never be revoked.
   */
  readonly append: (acts: readonly Act[]) => Promise<readonly LedgerEntry[]>
}

/** Looks into a vault without the lock, and without making it. */
export function readVault(folder: string): VaultReader {
  return {
    folder,
    read: entry => readEntry(folder, entry),
    readSecret: async entry => {
      const content = await readEntry(folder, entry)
      return content === undefined ? undefined : new Secret(content)
    },
    readBatch: number => readBatch(folder, number),
    readHashes: batch => readHashes(folder, batch),
    batches: () => listBatches(folder),
    list: kind => listNames(folder, kind),
    ledger: () => readLedger(folder),
    complaints: async () => await Promise.resolve(complaintsAbout(folder)),
  }
}

/**
 * Opens a vault for a change, making it where there is none: takes its lock, repairs the end of its
 * ledger where a write was cut off, does the work, and gives the lock back however that ends.
 */
export async function withVault<T>(
  folder: string,
  purpose: Purpose,
  work: (vault: Vault) => Promise<T>,
): Promise<T> {
  return await withLock(folder, purpose, async () => {
    // A person who commits the profile's folder must not commit its keys.
    if ((await readFileIfThere(join(folder, bookkeeping.gitignore))) === undefined)
      await writeWhole(join(folder, bookkeeping.gitignore), '*\n')
    const ledger = await openLedger(folder, purpose.world)
    return await work({
      ...readVault(folder),
      ledger: async () => ({ entries: await ledger.entries(), notices: [] }),
      write: (entry, content) => writeEntry(folder, entry, content),
      writeSecret: (entry, content) => writeEntry(folder, entry, content.reveal()),
      remove: entry => removeFile(locate(folder, entry)),
      writeHashes: (batch, lines) => writeWhole(join(folder, hashesEntry(batch)), lines.reveal()),
      writeBatch: (number, content) => writeWhole(join(folder, batchEntry(number)), content),
      append: ledger.append,
    })
  })
}

/** The type keeps honest callers inside the vault, `entryNamed` all others. */
function locate(folder: string, entry: Entry): string {
  return join(folder, entryNamed(entry))
}

async function readEntry(folder: string, entry: Entry): Promise<string | undefined> {
  return await readFileIfThere(locate(folder, entry), encodingOf(entry))
}

async function writeEntry(folder: string, entry: Entry, content: string): Promise<void> {
  await writeWhole(locate(folder, entry), Buffer.from(content, encodingOf(entry)))
}

function encodingOf(entry: Entry): 'latin1' | 'utf8' {
  return isBinary(entry) ? 'latin1' : 'utf8'
}

async function readFileIfThere(
  path: string,
  encoding: 'latin1' | 'utf8' = 'utf8',
): Promise<string | undefined> {
  try {
    return await readFile(path, encoding)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unreadable(path, error)
  }
}

async function readBatch(folder: string, number: number): Promise<Uint8Array> {
  const path = join(folder, batchEntry(number))
  try {
    return await readFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function readHashes(folder: string, batch: number): Promise<Secret> {
  const path = join(folder, hashesEntry(batch))
  const lines = await readFileIfThere(path)
  if (lines !== undefined) return new Secret(lines)
  throw new BednetError('VAULT_DAMAGED', `${path} is gone, with the hashes of passwords`, {
    at: path,
    hint: 'restore it from a backup of the vault: without it, devices with a password would be shut out',
  })
}

async function listBatches(folder: string): Promise<readonly number[]> {
  const names = await filesIn(join(folder, bookkeeping.batches))
  return names.map(batchNumber).filter(number => number !== undefined)
}

async function listNames(folder: string, kind: NamedFolder): Promise<readonly string[]> {
  return (await filesIn(join(folder, kind))).filter(isName)
}

async function filesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw unreadable(path, error)
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await rm(path)
    const folder = dirname(path)
    await syncFolder((await removedEmpty(folder)) ? dirname(folder) : folder)
  } catch (error) {
    if (!isMissing(error)) throw unwritable(path, error)
  }
}

/** A name without entries is no longer listed. */
async function removedEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOTEMPTY') return false
    throw error
  }
}
