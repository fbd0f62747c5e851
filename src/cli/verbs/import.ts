import { findAuthority } from '../../operations/found-authority.js'
import { importAuthority, type Imported } from '../../operations/import-authority.js'
import { printable } from '../printable.js'
import { openProfile } from '../project.js'
import type { Output, Verb } from '../verb.js'

export const run: Verb = async call => {
  const { names, options, world, output } = call
  const [path = ''] = names
  const project = await openProfile(call)
  const found = findAuthority({ path, key: options.key, crl: options.crl })
  const imported = await importAuthority({ project, world, found })
  show(imported, output)
  output.document({ layout: found.layout, ...imported })
  return 0
}

const severities = {
  refused: 'refused',
  'refused-by-strict': 'strict clients refuse it',
  warning: 'warning',
} as const

function show({ subject, notAfter, key, objections, ...past }: Imported, output: Output): void {
  const { lines, paint } = output
  lines([
    `imported ${printable(subject)} (${key ?? 'another key'}), good until ${notAfter.slice(0, 10)}`,
  ])
  if (past.revoked > 0)
    lines([`${counted(past.revoked, 'certificate')} that it has revoked: bednet keeps them out`])
  if (past.valid !== undefined && past.valid > 0)
    lines([
      `${counted(past.valid, 'certificate')} that it has issued: good until they end, and unknown to bednet`,
    ])
  for (const { severity, message, hint } of objections)
    lines([`${paint.yellow(severities[severity])}: it ${message}`, `  ${hint}`])
  lines(['Next: bednet up'])
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`
}
