import { revokedName } from '../broker/canary.js'
import { certificateFacts } from '../pki/certificate.js'
import { revocationListFacts } from '../pki/revocation.js'
import { basename } from 'node:path'
import type { AuthoritySpec } from '../profile/fleet.js'
import { authorityEntries, entryOf } from '../vault/layout.js'
import { indexLedger, type LedgerIndex } from '../vault/ledger.js'
import { absent, type Due, type Standing } from './due.js'
import { revokedBy } from './revoked-by.js'

/** The revocation lists that must be signed again. */
export async function revocationListsDue(
  standing: Standing,
  due: readonly Due[],
): Promise<readonly Due[]> {
  const index = indexLedger(standing.entries)
  const lists: Due[] = []
  for (const spec of standing.project.fleet.authorities) {
    const because = await whyNewList({ ...standing, spec, index }, due)
    const name = basename(authorityEntries(spec.id).revocations)
    if (because !== false) lists.push({ kind: 'revocation-list', id: spec.id, name, because })
  }
  return lists
}

interface ListStanding extends Standing {
  readonly spec: AuthoritySpec
  readonly index: LedgerIndex
}

async function whyNewList(
  { vault, world, authorities, entries, index, spec }: ListStanding,
  due: readonly Due[],
): Promise<string | false> {
  const pem = await vault.read(authorityEntries(spec.id).revocations)
  const certificate = authorities.get(spec.id)
  if (pem === undefined || certificate === undefined) return absent
  const authority = certificateFacts(certificate)
  const { number, serials, thisUpdate, nextUpdate } = revocationListFacts(pem)
  const listed = new Set(serials)
  const signed = revokedBy(authority, { entries, index })
  const missing = signed.filter(({ serial }) => !listed.has(serial.toUpperCase()))
  if (missing.length > 0) return `lacks ${String(missing.length)} that are revoked`
  const latest = index.latestRevocationList(spec.id)?.number
  if (latest !== undefined && number !== latest)
    return `is number ${String(number ?? 'unknown')}, and the ledger has number ${String(latest)}`
  const isOfClients = spec.signs.includes('devices')
  const reserved = isOfClients && (await vault.read(entryOf.canary(revokedName, 'client.crt')))
  if (reserved && !listed.has(certificateFacts(reserved).serial))
    return 'lacks the canary that must be refused'
  const added = due.filter(
    ({ kind, name }) => kind === 'revocation' || (kind === 'canary' && name === revokedName),
  )
  if (isOfClients && added.length > 0) return `${String(added.length)} to be revoked`
  const { revocationListDays } = spec
  if (revocationListDays === undefined) {
    return nextUpdate < authority.notAfter && 'would end before its authority'
  }
  // Past half its life it is renewed: an expired list locks everybody out.
  const half = (thisUpdate.getTime() + nextUpdate.getTime()) / 2
  if (world.now().getTime() > half && nextUpdate < authority.notAfter) {
    return `ends on ${nextUpdate.toISOString().slice(0, 10)}`
  }
  const lifeMs = nextUpdate.getTime() - thisUpdate.getTime()
  const excessMs = lifeMs - revocationListDays * msPerDay
  // One that ends with its authority is shorter than is wanted, and the next one would be as well.
  const differs = excessMs > 0 || nextUpdate < authority.notAfter
  return (
    differs &&
    Math.abs(excessMs) > msPerDay &&
    `is good for ${String(Math.round(lifeMs / msPerDay))} days, not for ${String(revocationListDays)}`
  )
}

const msPerDay = 24 * 60 * 60 * 1000
