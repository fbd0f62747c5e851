import { join } from 'node:path'
import { BednetError } from '../error.js'
import { batchEntry } from '../vault/layout.js'
import type { LedgerEntry } from '../vault/ledger.js'
import { keptInBatch, keptSingly, type Kept } from '../vault/survey.js'
import type { World } from '../world.js'
import { auditCertificate, type Records } from './audit-certificates.js'
import type { Finding } from './audit-finding.js'

interface DiskInput {
  readonly records: Records
  readonly entries: readonly LedgerEntry[]
  /** Numbers of the batches that are there. */
  readonly batches: readonly number[]
  readonly everySignature: boolean
  readonly world: Pick<World, 'report'>
}

/** What lies in a vault, held against its ledger. */
interface DiskAudit {
  readonly findings: readonly Finding[]
  readonly notes: readonly string[]
  /** Lines whose certificates are there. */
  readonly seen: ReadonlySet<number>
  /** Batches that could be opened. */
  readonly opened: ReadonlySet<number>
  readonly counts: { readonly certificates: number; readonly signatures: number }
}

/**
 * A device's certificate that has the digest of its line is the one that was signed: whether it was
 * signed well is asked of one in so many, for a signature takes longer than all the rest.
 */
const sampledOf = 64

/** Looks at every certificate in the vault, those in batches as well. */
export function auditDisk(input: DiskInput): DiskAudit {
  const { records, entries, batches, world } = input
  const findings: Finding[] = []
  const seen = new Set<number>()
  const opened = new Set<number>()
  const counts = { certificates: 0, signatures: 0 }
  const take = (kept: Kept) => {
    const isSampled = kept.kind !== 'device' || counts.certificates % sampledOf === 0
    const isSignatureAsked = input.everySignature || isSampled
    const audited = auditCertificate(kept, records, { isSignatureAsked })
    counts.certificates++
    if (isSignatureAsked) counts.signatures++
    if (audited.entry !== undefined) seen.add(audited.entry.seq)
    findings.push(...audited.findings)
  }
  for (const kept of keptSingly(records.folder)) take(kept)
  const { known, notes, unknown } = sorted(entries, batches)
  for (const [index, number] of known.entries()) {
    try {
      for (const kept of keptInBatch(records.folder, number)) take(kept)
      opened.add(number)
    } catch (error) {
      findings.push(damaged(records.folder, number, error))
    }
    const progress = { done: index + 1, total: known.length }
    world.report({ kind: 'batches-audited', message: 'opening batches', progress })
  }
  const strangers = unknown.map(number => unnamed(records.folder, number))
  return { findings: [...findings, ...strangers], notes, seen, opened, counts }
}

/** A batch is written before its lines: the one after the last is what a kill leaves in between. */
function sorted(entries: readonly LedgerEntry[], batches: readonly number[]) {
  const named = new Set(
    entries.flatMap(entry => (entry.act === 'issued' && entry.batch ? [entry.batch] : [])),
  )
  const next = [...named].reduce((most, number) => Math.max(most, number), 0) + 1
  return {
    known: batches.filter(number => named.has(number)),
    unknown: batches.filter(number => !named.has(number) && number !== next),
    notes: batches.includes(next)
      ? [`${batchEntry(next)} was never used, a run was killed: the next one writes over it`]
      : [],
  }
}

function unnamed(folder: string, number: number): Finding {
  return {
    check: 'batch',
    at: join(folder, batchEntry(number)),
    what: 'no line of the ledger has this batch: what is in it cannot be revoked',
    hint: 'restore the ledger from the backup that has it, or remove the batch',
  }
}

function damaged(folder: string, number: number, error: unknown): Finding {
  if (!(error instanceof BednetError) || error.code !== 'VAULT_DAMAGED') throw error
  const { message: what, hint = '' } = error
  return { check: 'batch', at: join(folder, batchEntry(number)), what, hint }
}
