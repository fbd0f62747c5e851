import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { BednetError } from '../error.js'
import { certificateFacts } from '../pki/certificate.js'
import { decodePem } from '../pki/pem.js'
import { revocationListFacts, type RevocationListFacts } from '../pki/revocation.js'
import { isSignedBy } from '../pki/signature.js'
import type { AuthorityId } from '../profile/fleet.js'
import { authorityEntries } from '../vault/layout.js'
import type { LedgerEntry, LedgerIndex } from '../vault/ledger.js'
import { lineOf, type Finding } from './audit-finding.js'
import { revokedBy } from './revoked-by.js'

interface RevocationRecords {
  readonly folder: string
  readonly index: LedgerIndex
  readonly entries: readonly LedgerEntry[]
  readonly id: AuthorityId
  /** The list of this authority; undefined where there is none. */
  readonly pem: string | undefined
  /** In PEM; undefined where there is none, or no whole one. */
  readonly authority: string | undefined
}

/** Holds the revocation list against what the ledger has revoked, and against its authority. */
export function auditRevocations(records: RevocationRecords): readonly Finding[] {
  const { folder, index, id, pem } = records
  const latest = index.latestRevocationList(id)
  const { revokedSerials } = index
  const crl = authorityEntries(id).revocations
  const at = latest === undefined ? join(folder, crl) : lineOf(folder, latest)
  if (pem === undefined) {
    // After an import, the next "up" signs the first.
    const isImported = [...revokedSerials.values()].every(each => each.isImported === true)
    if (latest === undefined && (id !== 'ca' || isImported)) return []
    const what = `there is no ${crl}, and ${String(revokedSerials.size)} are revoked`
    return [{ check: 'crl', at, what, hint: signed }]
  }
  const facts = read(pem)
  if (facts === undefined)
    return [{ check: 'crl', at: join(folder, crl), what: `${crl} is not whole`, hint: anew(crl) }]
  const other = otherList(facts, records)
  return [
    ...(other === false ? [] : [{ check: 'crl' as const, at, what: other, hint: anew(crl) }]),
    ...serialFindings(facts, records),
  ]
}

const signed = '"bednet up" signs one with all that the ledger has revoked'
const anew = (crl: string) => `remove ${crl}: ${signed}`

function read(pem: string): RevocationListFacts | undefined {
  try {
    return revocationListFacts(pem)
  } catch (error) {
    if (error instanceof BednetError) return undefined
    throw error
  }
}

/** Why it is not the list that the ledger has last. */
function otherList(
  { number, nextUpdate }: RevocationListFacts,
  { index, id, pem = '', authority }: RevocationRecords,
): string | false {
  const latest = index.latestRevocationList(id)
  const { certificate, revocations: crl } = authorityEntries(id)
  if (latest === undefined) return `no line has ${crl}`
  if (number !== latest.number)
    return `${crl} is number ${String(number ?? 'unknown')}, and this line has number ${String(latest.number)}`
  const der = decodePem('X509 CRL', pem)
  const key = authority === undefined ? undefined : createPublicKey(authority)
  if (der === undefined || (key !== undefined && !isSignedBy(der, key)))
    return `${crl} is not signed by ${certificate}`
  // A list has whole seconds.
  const differenceMs = Math.abs(nextUpdate.getTime() - Date.parse(latest.nextUpdate))
  return (
    differenceMs >= msPerSecond &&
    `${crl} is good until ${nextUpdate.toISOString()}, and this line says ${latest.nextUpdate}`
  )
}

const msPerSecond = 1000

function serialFindings(
  { serials }: RevocationListFacts,
  { folder, index, id, entries, authority }: RevocationRecords,
): readonly Finding[] {
  const { revokedSerials } = index
  const crl = authorityEntries(id).revocations
  const own =
    authority === undefined
      ? [...revokedSerials.values()]
      : revokedBy(certificateFacts(authority), { entries, index })
  // The ledger spells serials in lower case.
  const listed = new Set(serials.map(serial => serial.toLowerCase()))
  const missing = own.filter(({ serial }) => !listed.has(serial))
  const extra = [...listed].filter(serial => !revokedSerials.has(serial))
  return [
    ...missing.map(entry => {
      const what = `${crl} lacks ${entry.kind} "${entry.name}", which this line revokes`
      return { check: 'crl' as const, at: lineOf(folder, entry), what, hint: signed }
    }),
    ...extra.map(serial => {
      const what = `serial ${serial} is on ${crl}, and no line revokes it`
      return { check: 'crl' as const, at: join(folder, crl), what, hint: anew(crl) }
    }),
  ]
}
