import { BednetError } from '../error.js'
import { readOpensslIndex } from '../pki/openssl-index.js'
import { revocationListFacts, type Revoked } from '../pki/revocation.js'
import { indexLedger, type Act, type LedgerEntry } from '../vault/ledger.js'
import type { FoundAuthority, FoundFile } from './found-authority.js'

/** What an authority had revoked before it came into the vault. */
interface FoundRevocations {
  readonly revoked: readonly (Revoked & { readonly name: string })[]
  /** How many it has issued that are still good; undefined where nothing says. */
  readonly valid: number | undefined
  /** The lines that put it on record, without those that are there. */
  readonly acts: (entries: readonly LedgerEntry[], because: string) => readonly Act[]
}

/** By what it kept of it, and by the list that its clients have: one may know more than the other. */
export function foundRevocations({ index, revocationList }: FoundAuthority): FoundRevocations {
  const kept = index === undefined ? undefined : readWhole(index)
  const list = revocationList === undefined ? undefined : revocationListFacts(revocationList.text)
  const known = new Set(kept?.revoked.map(({ serial }) => serial))
  const listed = (list?.serials ?? [])
    .filter(serial => !known.has(serial))
    .map(serial => ({
      ...{ serial, name: '', reason: 'unspecified' as const },
      revokedAt: list?.thisUpdate ?? new Date(0),
    }))
  const all = [...(kept?.revoked ?? []), ...listed]
  const revoked = [...new Map(all.map(each => [each.serial, each])).values()]
  return {
    revoked,
    valid: kept?.valid,
    acts: (entries, because) => {
      const { revokedSerials } = indexLedger(entries)
      return [
        ...revoked
          .map(each => ({ ...each, serial: each.serial.toLowerCase() }))
          .filter(({ serial }) => !revokedSerials.has(serial))
          .map(({ serial, name, reason }) => ({
            ...({ act: 'revoked', kind: 'device', serial, reason, isImported: true } as const),
            name: name === '' ? serial : name,
            because: `revoked before it was ${because}`,
          })),
        // The next list has a higher number.
        ...(list?.number === undefined
          ? []
          : [
              {
                ...({ act: 'crl', number: list.number, because } as const),
                nextUpdate: list.nextUpdate.toISOString(),
              },
            ]),
      ]
    },
  }
}

/** Of a line that cannot be read nobody knows whom it keeps out. */
function readWhole({ path, text }: FoundFile) {
  const index = readOpensslIndex(text)
  const [line] = index.faults
  if (line === undefined) return index
  throw new BednetError('USAGE', `line ${String(line)} of ${path} cannot be read`, {
    at: `${path}:${String(line)}:1`,
    hint: 'mend it: it may have revoked a certificate, which would be let in again',
  })
}
