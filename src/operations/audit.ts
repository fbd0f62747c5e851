import { createPublicKey, type KeyObject } from 'node:crypto'
import { BednetError } from '../error.js'
import { entryOf } from '../vault/layout.js'
import { indexLedger, type LedgerEntry } from '../vault/ledger.js'
import { openPaths } from '../vault/modes.js'
import { readVault, type VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { auditDisk } from './audit-disk.js'
import type { Finding } from './audit-finding.js'
import { auditMissing } from './audit-missing.js'
import { auditRevocations } from './audit-revocations.js'
import { auditSerials } from './audit-serials.js'

interface AuditInput {
  /** Of the vault. */
  readonly folder: string
  readonly world: Pick<World, 'now' | 'report'>
  /** Of each device; else of one in 64. */
  readonly everySignature: boolean
}

/** What a vault amounts to when its parts are held against each other. */
export interface Audit {
  /** Empty where it is sound. */
  readonly findings: readonly Finding[]
  /** Sentences about what a killed run has left, and the next one mends. */
  readonly notes: readonly string[]
  readonly counts: Readonly<Record<'lines' | 'certificates' | 'signatures' | 'revoked', number>>
}

/** Holds ledger, vault and revocation list against each other. Reads only, and needs no secret. */
export async function audit(input: AuditInput): Promise<Audit> {
  const vault = readVault(input.folder)
  try {
    const { entries, notices } = await vault.ledger()
    const found = await auditVault(input, vault, entries)
    return { ...found, notes: [...notices, ...found.notes] }
  } catch (error) {
    // Where its chain is broken, nothing can be held against the ledger.
    if (!(error instanceof BednetError) || error.code !== 'VAULT_DAMAGED') throw error
    const { message: what, at = input.folder, hint = '' } = error
    const counts = { lines: 0, certificates: 0, signatures: 0, revoked: 0 }
    return { findings: [{ check: 'ledger', at, what, hint }], notes: [], counts }
  }
}

async function auditVault(
  { everySignature, world }: AuditInput,
  vault: VaultReader,
  entries: readonly LedgerEntry[],
): Promise<Audit> {
  const { folder } = vault
  const index = indexLedger(entries)
  const authorityKey = publicKeyOf(await vault.read(entryOf.authority('ca.crt')))
  const issued = new Map(
    entries.flatMap(entry => (entry.act === 'issued' ? [[entry.sha256, entry] as const] : [])),
  )
  const records = { folder, index, issued, authorityKey }
  const batches = await vault.batches()
  const disk = auditDisk({ records, entries, batches, everySignature, world })
  const pem = await vault.read(entryOf.authority('crl.pem'))
  return {
    findings: [
      ...auditSerials(folder, entries),
      ...disk.findings,
      ...auditMissing({ ...disk, folder, index, now: world.now() }),
      ...auditRevocations({ folder, index, pem, authorityKey }),
      ...openPaths(folder).map(modeFinding),
    ],
    notes: disk.notes,
    counts: { lines: entries.length, ...disk.counts, revoked: index.revokedSerials.size },
  }
}

/** Undefined where there is none, or no whole one: which is a finding of its own. */
function publicKeyOf(pem: string | undefined): KeyObject | undefined {
  try {
    return pem === undefined ? undefined : createPublicKey(pem)
  } catch {
    return undefined
  }
}

function modeFinding({ path, mode, wanted }: ReturnType<typeof openPaths>[number]): Finding {
  const what = `it is open to other users (mode ${mode})`
  return { check: 'mode', at: path, what, hint: `run: chmod ${wanted} ${path}` }
}
