import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BednetError } from '../error.js'

/** The same from `src/operations/` and from the bundle in `dist/cli/`. */
const starter = join(import.meta.dirname, '../../profiles/starter.yaml')

/**
 * Writes a commented profile to start from.
 * @throws BednetError CONFLICT where the file is there already: it may be somebody's work
 */
export async function writeStarter(path: string): Promise<void> {
  const text = await readFile(starter)
  try {
    await writeFile(path, text, { mode: 0o644, flag: 'wx' })
  } catch (cause) {
    throw notWritten(path, cause)
  }
}

function notWritten(path: string, cause: unknown): BednetError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (reason === 'EEXIST')
    return new BednetError('CONFLICT', `${path} exists already`, {
      at: path,
      hint: 'name another file, as in "bednet init garden.yaml"; nothing is ever written over',
      cause,
    })
  const isNowhere = reason === 'ENOENT' || reason === 'ENOTDIR'
  return new BednetError(
    isNowhere ? 'USAGE' : 'PERMISSION_DENIED',
    `cannot write ${path}: ${reason}`,
    {
      at: path,
      hint: 'name a file in a folder that exists and that you may write into',
      cause,
    },
  )
}
