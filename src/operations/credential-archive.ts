import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeFolder, syncFolder } from '../vault/atomic.js'
import { unwritable } from '../vault/failure.js'
import { modes } from '../vault/layout.js'
import { tarEnd, tarFiles } from '../vault/tar.js'
import type { Portion } from './credentials.js'
import { zipWriter } from './zip.js'

/** One archive for all, whole or not at all: a zip where its name says so, else a `.tar.gz`. */
export async function writeArchive(file: string, portions: AsyncIterable<Portion>): Promise<void> {
  const draft = `${file}.new`
  const { add, end } = file.endsWith('.zip') ? zipped() : tarred
  try {
    await makeFolder(dirname(file))
    await rm(draft, { force: true })
    const archive = await open(draft, 'wx', modes.file)
    try {
      for await (const portion of portions) await archive.appendFile(add(portion))
      await archive.appendFile(end())
      await archive.sync()
    } finally {
      await archive.close()
    }
    await rename(draft, file)
    await syncFolder(dirname(file))
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw unwritable(file, error)
  }
}

interface ArchiveWriter {
  readonly add: (portion: Portion) => Uint8Array
  readonly end: () => Uint8Array
}

/** A batch goes in as the vault has it. */
const tarred: ArchiveWriter = {
  add: ({ gzipped, tar }) => gzipped ?? gzipSync(tar(), { level: 1 }),
  end: () => gzipSync(tarEnd),
}

function zipped(): ArchiveWriter {
  const { add, end } = zipWriter()
  return { add: ({ tar }) => add(tarFiles(tar())), end }
}
