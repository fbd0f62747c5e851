import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeFolder, syncFolder } from '../vault/atomic.js'
import { unwritable } from '../vault/failure.js'
import { modes } from '../vault/layout.js'
import { tarEnd } from '../vault/tar.js'
import type { Portion } from './credentials.js'

/** One `.tar.gz` for all, whole or not at all: a batch goes in as the vault has it. */
export async function writeArchive(file: string, portions: AsyncIterable<Portion>): Promise<void> {
  const draft = `${file}.new`
  try {
    await makeFolder(dirname(file))
    await rm(draft, { force: true })
    const archive = await open(draft, 'wx', modes.file)
    try {
      for await (const { gzipped, tar } of portions)
        await archive.appendFile(gzipped ?? gzipSync(tar(), { level: 1 }))
      await archive.appendFile(gzipSync(tarEnd))
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
