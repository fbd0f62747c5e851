import { createPublicKey, type KeyObject } from 'node:crypto'
import { BednetError } from '../error.js'
import { certificateFacts } from '../pki/certificate.js'
import { keyIdentifier } from '../pki/key.js'
import type { AuthorityId } from '../profile/fleet.js'
import { authorityEntries, authorityIds } from '../vault/layout.js'
import { indexLedger, type LedgerEntry } from '../vault/ledger.js'
import { openPaths } from '../vault/modes.js'
import { readVault, type VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { auditDisk } from './audit-disk.js'
import type { Finding } from './audit-finding.js'
import { auditMissing } from './audit-missing.js'
import { auditPasswords } from './audit-passwords.js'
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
  const authorities = await wholeAuthorities(vault)
  const issued = new Map(
    entries.flatMap(entry => (entry.act === 'issued' ? [[entry.sha256, entry] as const] : [])),
  )
  const records = { folder, index, issued, authorityKeys: keysOf(authorities) }
  const batches = await vault.batches()
  const disk = auditDisk({ records, entries, batches, everySignature, world })
  const lists = await Promise.all(
    authorityIds.map(async id => {
      const pem = await vault.read(authorityEntries(id).revocations)
      return auditRevocations({ folder, index, entries, id, pem, authority: authorities.get(id) })
    }),
  )
  return {
    findings: [
      ...auditSerials(folder, entries),
      ...disk.findings,
      ...auditMissing({ ...disk, folder, index, now: world.now() }),
      ...lists.flat(),
      ...(await auditPasswords(vault, index)),
      ...openPaths(folder).map(modeFinding),
    ],
    notes: disk.notes,
    counts: { lines: entries.length, ...disk.counts, revoked: index.revokedSerials.size },
  }
}

/** Those that can be read: one that cannot is a finding of its own. */
async function wholeAuthorities(vault: VaultReader): Promise<ReadonlyMap<AuthorityId, string>> {
  const whole = new Map<AuthorityId, string>()
  for (const id of authorityIds) {
    const pem = await vault.read(authorityEntries(id).certificate)
    if (pem !== undefined && isCertificate(pem)) whole.set(id, pem)
  }
  return whole
}

function keysOf(authorities: ReadonlyMap<AuthorityId, string>): ReadonlyMap<string, KeyObject> {
  return new Map(
    [...authorities.values()].map(pem => {
      const key = createPublicKey(pem)
      return [certificateFacts(pem).subjectKeyId ?? keyIdentifier(key), key]
    }),
  )
}

function isCertificate(pem: string): boolean {
  try {
    certificateFacts(pem)
    return true
  } catch {
    return false
  }
}

function modeFinding({ path, mode, wanted }: ReturnType<typeof openPaths>[number]): Finding {
  const what = `it is open to other users (mode ${mode})`
  return { check: 'mode', at: path, what, hint: `run: chmod ${wanted} ${path}` }
}
