import { join } from 'node:path'
import { issueList } from '../operations/issue-list.js'
import type { RowReport } from '../operations/listed-device.js'
import type { Project } from '../operations/load.js'
import { BednetError } from '../error.js'
import { outletOf, placeOf } from './outlet.js'
import { printable } from './printable.js'
import type { Call, ExitCode } from './verb.js'

/** `issue --from`: the credentials of a whole list. */
export async function issueFrom(call: Call, project: Project): Promise<ExitCode> {
  const { options, world, output } = call
  const { from: list = '-', reuseNames } = options
  refuseNames(call)
  const folder = join(project.vault, 'devices')
  const outlet = outletOf(call) ?? { kind: 'folders', folder }
  const report = (row: RowReport) => {
    output.record(row)
    if (row.status === 'refused') output.lines([refusal(list, row)])
  }
  const input = { project, world, list, outlet, reuseNames, report }
  const { mustFollow, ...counts } = await issueList(input)
  const place = placeOf(outlet)
  output.lines([
    `${String(counts.issued)} issued, ${String(counts.kept)} kept, ${String(counts.refused)} refused`,
    ...(counts.issued + counts.kept > 0 ? [`credentials, with private keys: ${place}`] : []),
    ...(mustFollow ? ['the rules of the broker change with these: run "bednet up"'] : []),
  ])
  output.document({ ...counts, place, mustFollow })
  return counts.refused === 0 ? 0 : 1
}

function refuseNames({ names }: Call): void {
  if (names.length === 0) return
  throw new BednetError('USAGE', `"${names.join(' ')}" beside a list: one of the two`, {
    hint: 'bednet issue --help',
  })
}

function refusal(list: string, { line, name, because = '', hint }: RowReport): string {
  const next = hint === undefined ? '' : `; ${hint}`
  return printable(`${list}:${String(line)}: ${name === '' ? '' : `${name}: `}${because}${next}`)
}
