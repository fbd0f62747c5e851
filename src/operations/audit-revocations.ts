import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { BednetError } from '../error.js'
import { decodePem } from '../pki/pem.js'
import { revocationListFacts, type RevocationListFacts } from '../pki/revocation.js'
import { isSignedBy } from '../pki/signature.js'
import { entryOf } from '../vault/layout.js'
import type { LedgerIndex } from '../vault/ledger.js'
import { lineOf, type Finding } from './audit-finding.js'

interface RevocationRecords {
  readonly folder: string
  readonly index: LedgerIndex
  /** `authority/crl.pem`; undefined where there is none. */
  readonly pem: string | undefined
  readonly authorityKey: KeyObject | undefined
}

/** Holds the revocation list against what the ledger has revoked, and against its authority. */
export function auditRevocations(records: RevocationRecords): readonly Finding[] {
  const { folder, index, pem } = records
  const { latestRevocationList: latest, revokedSerials } = index
  const at = latest === undefined ? join(folder, crl) : lineOf(folder, latest)
  if (pem === undefined) {
    if (latest === undefined && revokedSerials.size === 0) return []
    const what = `there is no ${crl}, and ${String(revokedSerials.size)} are revoked`
    return [{ check: 'crl', at, what, hint: signed }]
  }
  const facts = read(pem)
  if (facts === undefined)
    return [{ check: 'crl', at: join(folder, crl), what: `${crl} is not whole`, hint: anew }]
  const other = otherList(facts, records)
  return [
    ...(other === false ? [] : [{ check: 'crl' as const, at, what: other, hint: anew }]),
    ...serialFindings(facts, records),
  ]
}

const crl = entryOf.authority('crl.pem')
const signed = '"bednet up" signs one with all that the ledger has revoked'
const anew = `remove ${crl}: ${signed}`

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
  { index, pem = '', authorityKey }: RevocationRecords,
): string | false {
  const latest = index.latestRevocationList
  if (latest === undefined) return `no line has ${crl}`
  if (number !== latest.number)
    return `${crl} is number ${String(number ?? 'unknown')}, and this line has number ${String(latest.number)}`
  const der = decodePem('X509 CRL', pem)
  if (der === undefined || (authorityKey !== undefined && !isSignedBy(der, authorityKey)))
    return `${crl} is not signed by authority/ca.crt`
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
  { folder, index: { revokedSerials } }: RevocationRecords,
): readonly Finding[] {
  // The ledger spells serials in lower case.
  const listed = new Set(serials.map(serial => serial.toLowerCase()))
  const missing = [...revokedSerials.values()].filter(({ serial }) => !listed.has(serial))
  const extra = [...listed].filter(serial => !revokedSerials.has(serial))
  return [
    ...missing.map(entry => {
      const what = `${crl} lacks ${entry.kind} "${entry.name}", which this line revokes`
      return { check: 'crl' as const, at: lineOf(folder, entry), what, hint: signed }
    }),
    ...extra.map(serial => {
      const what = `serial ${serial} is on ${crl}, and no line revokes it`
      return { check: 'crl' as const, at: join(folder, crl), what, hint: anew }
    }),
  ]
}
