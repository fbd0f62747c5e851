import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from '../vault/atomic.js'
import { systemCode, unwritable } from '../vault/failure.js'
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
  try {
    await makeFolder(folder)
    for await (const { tar } of portions) for (const file of tarFiles(tar())) put(folder, file)
  } catch (error) {
    throw unwritable(folder, error)
  }
}

/** What is there already as it should be is left alone; what is not is replaced whole. */
function put(folder: string, { name, content }: TarFile): void {
  const path = join(folder, name)
  try {
    write(path, content)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      mkdirSync(dirname(path), { mode: modes.folder })
      write(path, content)
    } else if (systemCode(error) !== 'EEXIST') throw error
    else if (!readFileSync(path).equals(content)) {
      rmSync(`${path}.new`, { force: true })
      write(`${path}.new`, content)
      renameSync(`${path}.new`, path)
    }
  }
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
