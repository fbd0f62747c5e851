import { relative } from 'node:path'
import { audit, type Audit } from '../../operations/audit.js'
import { printable } from '../printable.js'
import { openProfile } from '../project.js'
import type { Output, Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, world, output } = call
  const { vault: folder } = await openProfile(call)
  const found = await audit({ folder, world, everySignature: options.all })
  show(found, output)
  output.document({ sound: found.findings.length === 0, ...found })
  return found.findings.length === 0 ? 0 : 1
}

/** More are not read, and a lost folder makes a hundred thousand. */
const mostShown = 50

function show({ findings, notes, counts }: Audit, { lines, paint }: Output): void {
  for (const { at, what, hint } of findings.slice(0, mostShown)) {
    lines([`${paint.red(relative('', at) || '.')}: ${printable(what)}`, `  ${printable(hint)}`])
  }
  const more = findings.length - mostShown
  if (more > 0) lines([`and ${String(more)} more: --json has them all`])
  lines(notes.map(note => `${paint.yellow('note')} ${printable(note)}`))
  const sound = findings.length === 0
  lines([
    `${sound ? paint.green('sound') : paint.red(`${String(findings.length)} found`)}: ${summary(counts)}`,
  ])
}

function summary({ lines, certificates, signatures, revoked }: Audit['counts']): string {
  return [
    `${String(lines)} lines of the ledger`,
    `${String(certificates)} certificates`,
    `${String(signatures)} signatures`,
    `${String(revoked)} revoked`,
  ].join(', ')
}
