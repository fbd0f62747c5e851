import type { CertificateFacts } from '../pki/certificate.js'
import type { LedgerEntry, LedgerIndex, Revoked } from '../vault/ledger.js'

interface Record {
  readonly entries: readonly LedgerEntry[]
  readonly index: Pick<LedgerIndex, 'revokedSerials'>
}

/**
 * What the revocation list of an authority must hold: the revoked that it has signed, and those of
 * which the ledger does not say who did, for a serial too many harms nobody.
 */
export function revokedBy(
  { subjectKeyId }: CertificateFacts,
  { entries, index: { revokedSerials } }: Record,
): readonly LedgerEntry<Revoked>[] {
  if (revokedSerials.size === 0) return []
  const byAnother = new Set(
    entries.flatMap(entry =>
      entry.act === 'issued' && entry.authority !== undefined && entry.authority !== subjectKeyId
        ? [entry.serial]
        : [],
    ),
  )
  return [...revokedSerials.values()].filter(({ serial }) => !byAnother.has(serial))
}
