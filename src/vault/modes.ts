import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { isMissing, unreadable } from './failure.js'
import { authorityEntries, authorityIds, bookkeeping, modes } from './layout.js'

/** A path that others than the vault's owner may use. */
interface OpenPath {
  readonly path: string
  /** Three octal digits, as it is and as it should be. */
  readonly mode: string
  readonly wanted: string
}

/** The vault's own folder and what is worst to lose: a closed folder closes all that is in it. */
export function complaintsAbout(folder: string): readonly string[] {
  const keys = authorityIds.flatMap(id => {
    const { key, passphrase } = authorityEntries(id)
    return [key, passphrase]
  })
  return [folder, ...keys.map(entry => join(folder, entry))].flatMap(path => {
    const open = openness(path)
    if (open === undefined) return []
    const { mode, wanted } = open
    return [`${path} is open to other users (mode ${mode}); run: chmod ${wanted} ${path}`]
  })
}

/** The same of all that is secret: a copy of the vault may end up in a folder that is not closed. */
export function openPaths(folder: string): readonly OpenPath[] {
  const secrets = [...filesBelow(folder)].filter(path => isSecret(path.slice(folder.length)))
  return [folder, ...secrets].map(openness).filter(open => open !== undefined)
}

function isSecret(path: string): boolean {
  return /^\/batches\/|\/([a-z-]+\.key|([a-z-]+\.)?passphrase|password|hash)$/.test(path)
}

/** Of the vault's layout, which has folders in folders, and nothing below those. */
function* filesBelow(folder: string): Generator<string> {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      // The file trees of sandboxes, whose brokers read their keys as a group would.
      if (entry.name === bookkeeping.hosts) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) yield* filesBelow(path)
      else if (entry.isFile() && entry.name !== bookkeeping.lock) yield path
    }
  } catch (error) {
    if (!isMissing(error)) throw unreadable(folder, error)
  }
}

function openness(path: string): OpenPath | undefined {
  const found = look(path)
  if (found === undefined || (found.mode & groupAndOthers) === 0) return undefined
  const wanted = found.isDirectory() ? modes.folder : modes.file
  return { path, mode: (found.mode & 0o777).toString(8), wanted: wanted.toString(8) }
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unreadable(path, error)
  }
}

const groupAndOthers = 0o077
