import { join } from 'node:path'
import { BednetError } from '../error.js'
import { hashesEntry } from '../vault/layout.js'
import type { Issued, LedgerEntry, LedgerIndex } from '../vault/ledger.js'
import type { VaultReader } from '../vault/vault.js'
import { lineOf, type Finding } from './audit-finding.js'
import { wholeHashes } from './batch-hashes.js'

/** Holds the hashes of devices' passwords against the lines that say where they lie. */
export async function auditPasswords(
  vault: VaultReader,
  { latest, revokedSerials }: LedgerIndex,
): Promise<readonly Finding[]> {
  const batches = new Map<number, LedgerEntry<Issued>[]>()
  for (const entry of latest('device')) {
    if (entry.passwords === undefined || revokedSerials.has(entry.serial)) continue
    const others = batches.get(entry.passwords) ?? []
    others.push(entry)
    batches.set(entry.passwords, others)
  }
  const findings: Finding[] = []
  for (const [batch, entries] of batches) {
    const whole = await hashesIn(vault, batch)
    const lost = entries.filter(({ name }) => !whole.has(name))
    const [first] = lost
    if (first === undefined) continue
    const more = lost.length === 1 ? '' : ` and ${String(lost.length - 1)} more`
    findings.push({
      check: 'password',
      at: lineOf(vault.folder, first),
      what: `the password hash of device "${first.name}"${more} is not in ${hashesEntry(batch)}`,
      hint: `restore ${join(vault.folder, hashesEntry(batch))} from a backup of the vault`,
    })
  }
  return findings
}

/** A file that is gone has none. */
async function hashesIn(vault: VaultReader, batch: number): Promise<ReadonlyMap<string, string>> {
  try {
    return await wholeHashes(vault, batch)
  } catch (error) {
    if (error instanceof BednetError && error.code === 'VAULT_DAMAGED') return new Map()
    throw error
  }
}
