import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BednetError } from '../error.js'
import type { Fleet } from '../profile/fleet.js'
import { examineProfile, type Examined } from '../profile/profile.js'

/** A profile that was read, and where what belongs to it lies. */
export interface Project {
  readonly fleet: Fleet
  /** Absolute folder of its vault, `…/.bednet/SITE`. */
  readonly vault: string
}

/**
 * Reads a profile from disk, with the lists of devices it names.
 * @param path as a person typed it
 * @throws BednetError PROFILE_UNREADABLE, or PROFILE_INVALID with all mistakes
 */
export async function loadProject(path: string): Promise<Project & Examined> {
  const folder = resolve(dirname(path))
  const content = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  const { fleet, remarks } = examineProfile({
    path,
    folder,
    content,
    readFile: name => readFileSync(resolve(folder, name)),
  })
  return { fleet, remarks, vault: join(folder, vaultsFolder, fleet.site) }
}

/** Beside the profile, so that a copy of the folder is a copy of everything. */
const vaultsFolder = '.bednet'

function unreadable(path: string, cause: unknown): BednetError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const isMissing = reason === 'ENOENT'
  return new BednetError(
    'PROFILE_UNREADABLE',
    isMissing ? `there is no profile at ${path}` : `cannot read the profile ${path}: ${reason}`,
    {
      at: path,
      hint: isMissing
        ? 'name one with "-f FILE" or $BEDNET_PROFILE, or write one with "bednet init"'
        : 'check that it is a file that you may read',
      cause,
    },
  )
}
