import * as fs from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { unwritable } from './failure.js'
import { modes } from './layout.js'

/** The part of `node:fs/promises` that a whole write needs, so that a test can fail each step. */
export interface Disk {
  readonly mkdir: (
    path: string,
    options: { recursive: true; mode: number },
  ) => Promise<string | undefined>
  readonly open: (path: string, flags: string, mode?: number) => Promise<DiskFile>
  readonly rename: (from: string, to: string) => Promise<void>
  readonly rm: (path: string, options: { force: true }) => Promise<void>
}

type Content = string | Uint8Array

interface DiskFile {
  readonly writeFile: (content: Content) => Promise<void>
  readonly sync: () => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Puts a file in place as a whole: after a crash or a full disk it is the old one or the new one.
 * It has its final mode before it has content, and is on the disk when this returns.
 *
 * One writer at a time per path, which the vault's lock provides: the temporary file has a fixed
 * name, so that what a killed run left behind is removed by the next write instead of piling up.
 */
export async function writeWhole(path: string, content: Content, disk: Disk = fs): Promise<void> {
  const folder = dirname(path)
  const draft = join(folder, `.${basename(path)}.new`)
  try {
    await makeFolder(folder, disk)
    await disk.rm(draft, { force: true })
    await writeNew(draft, content, disk)
    await disk.rename(draft, path)
    await syncFolder(folder, disk)
  } catch (error) {
    // The first failure is the one worth telling; a draft that stays is removed by the next write.
    await disk.rm(draft, { force: true }).catch(() => undefined)
    throw unwritable(path, error)
  }
}

/** Makes a folder and the ones above it that are missing, for its owner only, and durably. */
export async function makeFolder(folder: string, disk: Disk = fs): Promise<void> {
  const made = await disk.mkdir(folder, { recursive: true, mode: modes.folder })
  if (made === undefined) return
  // A relative path has no end above it.
  const topmost = resolve(made)
  // A power cut must not take away the folder that a durable file lies in.
  for (let each = resolve(folder); each.length >= topmost.length; each = dirname(each))
    await syncFolder(dirname(each), disk)
}

/** Makes creations, renames and removals in a folder survive a power cut. */
export async function syncFolder(folder: string, disk: Disk = fs): Promise<void> {
  const opened = await disk.open(folder, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}

/** Makes a file that must not exist yet, so that a planted link is never written through. */
export async function writeNew(path: string, content: Content, disk: Disk = fs): Promise<void> {
  const file = await disk.open(path, 'wx', modes.file)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
