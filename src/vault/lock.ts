import { link, readFile, rename, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { BednetError } from '../error.js'
import type { World } from '../world.js'
import { makeFolder, writeNew } from './atomic.js'
import { isMissing, systemCode, unreadable, unwritable } from './failure.js'
import { isGone, parseHolder, thisProcess, type Holder } from './holder.js'
import { bookkeeping } from './layout.js'

/** What somebody needs a vault for. */
export interface Purpose {
  /** The verb that others are told while they wait, e.g. `up`. */
  readonly verb: string
  readonly world: Pick<World, 'now' | 'report'>
}

/**
 * Does work while nobody else changes the vault, and gives the lock back however the work ends.
 * Throws LOCK_HELD, with who, since when and for what. The lock of a process of this host that is
 * gone is taken over and reported; one of another host is never, for nobody here can tell.
 */
export async function withLock<T>(
  folder: string,
  purpose: Purpose,
  work: () => Promise<T>,
): Promise<T> {
  await makeFolder(folder).catch((error: unknown) => {
    throw unwritable(folder, error)
  })
  const lock = join(folder, bookkeeping.lock)
  const mine = await take(lock, { ...purpose, depth: 0 })
  try {
    return await work()
  } finally {
    // Somebody may have removed it by hand, and then it is another's by now.
    if ((await readLock(lock)) === mine) await rm(lock, { force: true })
  }
}

/** Who holds the lock of a vault, or undefined where nobody does. */
export async function lockHolder(folder: string): Promise<string | undefined> {
  const lock = join(folder, bookkeeping.lock)
  const found = await readLock(lock)
  if (found === undefined) return undefined
  const holder = parseHolder(found)
  return holder === undefined ? `${lock}, which names nobody` : described(holder)
}

type Attempt = Purpose & { readonly depth: number }

/**
 * The lock is written whole beside its place and then linked there: a link fails where a file
 * exists, so there is one winner, and no instant at which a lock has a holder but no name. Returns
 * what the lock then says.
 */
async function take(lock: string, attempt: Attempt): Promise<string> {
  const draft = `${lock}.${randomBytes(6).toString('hex')}`
  const mine = `${JSON.stringify(await thisProcess(attempt.verb, attempt.world.now()))}\n`
  try {
    await writeNew(draft, mine)
    for (let tries = 0; tries < maxTries; tries += 1) {
      if (await linked(draft, lock)) return mine
      if (await tookOver(lock, draft, attempt)) return mine
    }
    throw held(lock, undefined)
  } catch (error) {
    throw error instanceof BednetError ? error : unwritable(lock, error)
  } finally {
    await rm(draft, { force: true })
  }
}

async function linked(draft: string, lock: string): Promise<boolean> {
  try {
    await link(draft, lock)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** False where the lock was given back meanwhile, or is not the one that was looked at. */
async function tookOver(lock: string, draft: string, attempt: Attempt): Promise<boolean> {
  const found = await readLock(lock)
  if (found === undefined) return false
  const holder = parseHolder(found)
  if (holder === undefined || attempt.depth === maxDepth || !(await isGone(holder)))
    throw held(lock, holder)
  // Two who find the same dead lock must not both replace it, so replacing has a lock of its own,
  // whose holder can die like any other.
  const replacing = `${lock}.takeover`
  await take(replacing, { ...attempt, depth: attempt.depth + 1 })
  try {
    if ((await readLock(lock)) !== found) return false
    await rename(draft, lock)
  } finally {
    await rm(replacing, { force: true })
  }
  const message = `took over the lock of ${described(holder)}: that process is gone`
  attempt.world.report({ kind: 'lock-taken-over', message })
  return true
}

// A process killed while it replaces the lock of a killed process: deeper than that is no accident.
const maxDepth = 2

// Each further try means that a lock was given back in between: others are at work, in turns.
const maxTries = 10

async function readLock(lock: string): Promise<string | undefined> {
  try {
    return await readFile(lock, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unreadable(lock, error)
  }
}

function held(lock: string, holder: Holder | undefined): BednetError {
  if (holder === undefined)
    return new BednetError('LOCK_HELD', `the vault is locked by ${lock}, which names nobody`, {
      at: lock,
      hint: `if no bednet is at work on this vault, run: rm ${lock}`,
    })
  return new BednetError('LOCK_HELD', `the vault is locked by ${described(holder)}`, {
    at: lock,
    hint: `wait until it is done; if it is gone from ${holder.host}, run: rm ${lock}`,
  })
}

function described({ verb, pid, user, host, since }: Holder): string {
  return `"bednet ${verb}" (process ${String(pid)} of ${user} on ${host}) since ${since}`
}
