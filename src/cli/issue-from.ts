import { join, relative } from 'node:path'
import type { Outlet } from '../operations/hand-out.js'
import { issueList } from '../operations/issue-list.js'
import type { RowReport } from '../operations/listed-device.js'
import type { Project } from '../operations/load.js'
import { BednetError } from '../error.js'
import { printable } from './printable.js'
import type { Call, ExitCode } from './verb.js'

/** `issue --from`: the credentials of a whole list. */
export async function issueFrom(call: Call, project: Project): Promise<ExitCode> {
  const { options, world, output } = call
  const { from: list = '-', reuseNames } = options
  const outlet = outletOf(call, project)
  const report = (row: RowReport) => {
    output.record(row)
    if (row.status === 'refused') output.lines([refusal(list, row)])
  }
  const input = { project, world, list, outlet, reuseNames, report }
  const { mustFollow, ...counts } = await issueList(input)
  const place = relative('', outlet.kind === 'archive' ? outlet.file : outlet.folder) || '.'
  output.lines([
    `${String(counts.issued)} issued, ${String(counts.kept)} kept, ${String(counts.refused)} refused`,
    ...(counts.issued + counts.kept > 0 ? [`credentials, with private keys: ${place}`] : []),
    ...(mustFollow ? ['the rules of the broker change with these: run "bednet up"'] : []),
  ])
  output.document({ ...counts, place, mustFollow })
  return counts.refused === 0 ? 0 : 1
}

function outletOf({ options, names }: Call, { vault }: Project): Outlet {
  const { archive, out } = options
  const odd =
    names.length > 0
      ? `"${names.join(' ')}" beside a list`
      : archive !== undefined && out !== undefined && '--out beside --archive'
  if (odd !== false) {
    throw new BednetError('USAGE', `${odd}: one of the two`, { hint: 'bednet issue --help' })
  }
  if (out === '')
    throw new BednetError('USAGE', '--out names no folder', { hint: 'write its path' })
  if (archive === undefined) return { kind: 'folders', folder: out ?? join(vault, 'devices') }
  if (/\.(tar\.gz|tgz)$/.test(archive)) return { kind: 'archive', file: archive }
  throw new BednetError('USAGE', `"${archive}" is no name for an archive`, {
    hint: 'let it end in .tar.gz',
  })
}

function refusal(list: string, { line, name, because = '', hint }: RowReport): string {
  const next = hint === undefined ? '' : `; ${hint}`
  return printable(`${list}:${String(line)}: ${name === '' ? '' : `${name}: `}${because}${next}`)
}
