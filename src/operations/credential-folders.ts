import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { BednetError } from '../error.js'
import { makeFolder } from '../vault/atomic.js'
import { unwritable } from '../vault/failure.js'
import { modes } from '../vault/layout.js'
import { tarFiles, type TarFile } from '../vault/tar.js'
import type { Portion } from './credentials.js'

/**
 * A folder for each device. Not synced file by file: the vault has them all, and what a power cut
 * takes is written by the next run. Synchronous, because a hop to a thread costs more than a small
 * file.
 */
export async function writeFolders(
  folder: string,
  portions: AsyncIterable<Portion>,
): Promise<void> {
  await makeFolder(folder).catch((error: unknown) => {
    throw unwritable(folder, error)
  })
  for await (const { tar } of portions) for (const file of tarFiles(tar())) put(folder, file)
}

/** What is there already as it should be is left alone; what is not is replaced whole. */
function put(folder: string, { name, content }: TarFile): void {
  const path = join(folder, name)
  try {
    makeOwn(dirname(path))
    if (isThere(path, content)) return
    rmSync(`${path}.new`, { force: true })
    write(`${path}.new`, content)
    renameSync(`${path}.new`, path)
  } catch (error) {
    if (error instanceof BednetError) throw error
    throw unwritable(path, error)
  }
}

/** Never through a link: whoever planted it would have the key. */
function makeOwn(folder: string): void {
  const seen = lstatSync(folder, { throwIfNoEntry: false })
  if (seen === undefined) mkdirSync(folder, { mode: modes.folder })
  else if (!seen.isDirectory()) {
    throw new BednetError('PERMISSION_DENIED', `${folder} is in the way: it is no folder`, {
      at: folder,
      hint: 'take it away, or name another folder with --out',
    })
  }
}

function isThere(path: string, content: Buffer): boolean {
  const seen = lstatSync(path, { throwIfNoEntry: false })
  const isOwn = seen?.isFile() === true && (seen.mode & 0o777) === modes.file
  return isOwn && readFileSync(path).equals(content)
}

/** A file that is new, so that a planted link is never written through. */
function write(path: string, content: Buffer): void {
  const file = openSync(path, 'wx', modes.file)
  try {
    writeSync(file, content)
  } finally {
    closeSync(file)
  }
}
