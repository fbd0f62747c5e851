import { batchEntry } from '../vault/layout.js'
import type { CertificateKind, Issued, LedgerEntry, LedgerIndex } from '../vault/ledger.js'
import { lineOf, type Finding } from './audit-finding.js'

interface Expected {
  readonly folder: string
  readonly index: LedgerIndex
  readonly now: Date
  /** Lines whose certificates are in the vault. */
  readonly seen: ReadonlySet<number>
  /** Batches that could be opened. */
  readonly opened: ReadonlySet<number>
}

/**
 * What the ledger has and the vault has lost: the latest of each name, as long as it is good. A batch
 * that is gone is one finding, however many were in it.
 */
export function auditMissing({ folder, index, now, seen, opened }: Expected): readonly Finding[] {
  const missing = kinds.flatMap(kind =>
    latestOf(kind, index).filter(
      entry =>
        !seen.has(entry.seq) &&
        !index.revokedSerials.has(entry.serial) &&
        // Of the canaries, one has to be expired.
        (kind === 'canary' || entry.notAfter > now.toISOString()),
    ),
  )
  const isBatchGone = ({ batch }: Issued) => batch !== undefined && !opened.has(batch)
  const batches = new Map<number, LedgerEntry<Issued>[]>()
  for (const entry of missing.filter(isBatchGone)) {
    const { batch = 0 } = entry
    const others = batches.get(batch) ?? []
    others.push(entry)
    batches.set(batch, others)
  }
  return [
    ...missing.filter(entry => !isBatchGone(entry)).map(entry => missingOne(folder, entry)),
    ...[...batches].map(([batch, entries]) => missingBatch(folder, { batch, entries })),
  ]
}

const kinds: readonly CertificateKind[] = ['authority', 'broker', 'canary', 'device']

/** An authority that another has replaced need not be kept, whatever its name was. */
function latestOf(kind: CertificateKind, index: LedgerIndex): readonly LedgerEntry<Issued>[] {
  const all = [...index.latest(kind)]
  if (kind !== 'authority') return all
  return all.sort((one, other) => one.seq - other.seq).slice(-1)
}

function missingOne(folder: string, entry: LedgerEntry<Issued>): Finding {
  const { kind, name, batch, notAfter, request } = entry
  const where = batch === undefined ? 'the vault' : batchEntry(batch)
  const issue = request === undefined ? `issue ${name}` : 'issue --csr FILE'
  const verb = kind === 'device' ? issue : 'up'
  return {
    check: 'missing',
    at: lineOf(folder, entry),
    what: `the certificate of ${kind} "${name}" is not in ${where}`,
    hint:
      kind === 'authority'
        ? 'restore authority/ from a backup of the vault'
        : `"bednet ${verb}" makes another; this one stays good until ${notAfter.slice(0, 10)}`,
  }
}

function missingBatch(
  folder: string,
  { batch, entries }: { readonly batch: number; readonly entries: readonly LedgerEntry<Issued>[] },
): Finding {
  const [first] = entries
  const count = String(entries.length)
  return {
    check: 'missing',
    at: lineOf(folder, first ?? { seq: 1 }),
    what: `${batchEntry(batch)} is lost, with ${count} credentials from "${first?.name ?? ''}" on`,
    hint: 'restore it from a backup of the vault; else "bednet issue --from LIST" makes others',
  }
}
