import type { LedgerEntry } from '../vault/ledger.js'
import { lineOf, type Finding } from './audit-finding.js'

/** A serial is of one certificate, and what is revoked was issued. */
export function auditSerials(folder: string, entries: readonly LedgerEntry[]): readonly Finding[] {
  const lines = new Map<string, LedgerEntry>()
  const findings: Finding[] = []
  const found = (entry: LedgerEntry, what: string, hint: string) =>
    findings.push({ check: 'serial', at: lineOf(folder, entry), what, hint })
  for (const entry of entries) {
    if (entry.act === 'crl') continue
    const { name, serial } = entry
    const before = lines.get(serial)
    if (entry.act === 'revoked' && before === undefined && entry.isImported !== true) {
      found(entry, `no line before has issued ${serial}, the serial of "${name}"`, restored)
    } else if (entry.act === 'issued' && before !== undefined) {
      const what = `"${name}" has the serial of line ${String(before.seq)}, ${serial}`
      found(entry, what, 'issue one of the two anew: they can only be revoked together')
    } else if (entry.act === 'issued') lines.set(serial, entry)
  }
  return findings
}

const restored = 'restore the ledger from a backup of the vault that has it'
