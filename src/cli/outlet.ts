import { relative } from 'node:path'
import { BednetError } from '../error.js'
import type { Outlet } from '../operations/hand-out.js'
import type { Call } from './verb.js'

/** Where `--out` or `--archive` want credentials; undefined where neither was said. */
export function outletOf({ options: { archive, out } }: Call): Outlet | undefined {
  if (archive !== undefined && out !== undefined)
    throw usage('--out beside --archive: one of the two', 'bednet issue --help')
  if (out === '') throw usage('--out names no folder', 'write its path')
  if (archive === undefined) return out === undefined ? undefined : { kind: 'folders', folder: out }
  if (/\.(tar\.gz|tgz|zip)$/.test(archive)) return { kind: 'archive', file: archive }
  throw usage(`"${archive}" is no name for an archive`, 'let it end in .tar.gz or .zip')
}

/** As a person reads it. */
export function placeOf(outlet: Outlet): string {
  return relative('', outlet.kind === 'archive' ? outlet.file : outlet.folder) || '.'
}

function usage(message: string, hint: string): BednetError {
  return new BednetError('USAGE', message, { hint })
}
