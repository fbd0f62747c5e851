import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { World } from '../world.js'

type Environment = World['environment']

/** Compiled code by the script it is of and by what that was run for; both are parts of file names. */
interface Kept {
  /** V8 itself would take the code of any script of the same length for this one's. */
  readonly build: string
  readonly use: string
}

/**
 * Compiled code that an earlier run has kept, or undefined. It will be run, often as root: so it is
 * taken only from a folder that nobody but this user can write.
 */
export function keptCode({ build, use }: Kept, environment: Environment): Buffer | undefined {
  const folder = folderOf(environment)
  if (folder === undefined) return undefined
  try {
    return isSafe(folder) && isOurs(folder) ? readOurs(join(folder, `${build}-${use}`)) : undefined
  } catch {
    return undefined
  }
}

/** Keeps compiled code, whole or not at all, and drops what is of other builds. Never fails. */
export function keepCode({ build, use }: Kept, code: Buffer, environment: Environment): void {
  const folder = folderOf(environment)
  if (folder === undefined) return
  try {
    if (!isSafe(dirname(folder))) return
    makeFolder(dirname(folder))
    makeFolder(folder)
    if (!isOurs(folder)) return
    for (const name of readdirSync(folder))
      if (!name.startsWith(`${build}-`)) rmSync(join(folder, name), { force: true })
    const draft = join(folder, `${build}-${use}.${String(process.pid)}`)
    try {
      writeSynced(draft, code)
      renameSync(draft, join(folder, `${build}-${use}`))
    } finally {
      rmSync(draft, { force: true })
    }
  } catch {
    // No room or no right to keep it: the next run compiles again, and nothing else is different.
  }
}

function folderOf({ XDG_CACHE_HOME: cache = '', HOME: home = '' }: Environment) {
  const parent = cache || (home && join(home, '.cache'))
  return isAbsolute(parent) ? join(parent, 'bednet') : undefined
}

/** Not `recursive`: where the system lets nothing be made, as in /proc, Node 20 tries for ever. */
function makeFolder(path: string): void {
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 })
}

/** Nobody but root and this user can put another folder in its place; what is not there yet, will be. */
function isSafe(path: string): boolean {
  const seen = lstatSync(path, { throwIfNoEntry: false })
  if (seen?.isSymbolicLink() === true) return isSafe(realpathSync(path)) && isSafe(dirname(path))
  if (seen !== undefined) {
    const isOwned = seen.uid === 0 || seen.uid === process.geteuid?.()
    const isSticky = (seen.mode & stickyBit) !== 0
    if (!isOwned || ((seen.mode & writableByOthers) !== 0 && !isSticky)) return false
  }
  return path === dirname(path) || isSafe(dirname(path))
}

const stickyBit = 0o1000

function isOurs(folder: string): boolean {
  const seen = lstatSync(folder)
  return seen.isDirectory() && isPrivate(seen)
}

function readOurs(path: string): Buffer | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const seen = fstatSync(file)
    return seen.isFile() && isPrivate(seen) ? readFileSync(file) : undefined
  } finally {
    closeSync(file)
  }
}

function isPrivate({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return uid === process.geteuid?.() && (mode & writableByOthers) === 0
}

const writableByOthers = 0o022

/** Synced, because V8 does not look whether code that has the right length is the code it was. */
function writeSynced(path: string, content: Buffer): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
