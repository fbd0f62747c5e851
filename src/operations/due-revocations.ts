import { revokedName } from '../broker/canary.js'
import { certificateFacts } from '../pki/certificate.js'
import { revocationListFacts } from '../pki/revocation.js'
import { entryOf } from '../vault/layout.js'
import { indexLedger } from '../vault/ledger.js'
import { absent, type Due, type Standing } from './due.js'

/** Why the revocation list must be signed again, or false where it may stay. */
export async function whyNewList(
  { project, vault, world, authority, revoked, entries }: Standing,
  due: readonly Due[],
): Promise<string | false> {
  const pem = await vault.read(entryOf.authority('crl.pem'))
  if (pem === undefined || authority === undefined) return absent
  const { number, serials, thisUpdate, nextUpdate } = revocationListFacts(pem)
  const listed = new Set(serials)
  const missing = [...revoked].filter(serial => !listed.has(serial))
  if (missing.length > 0) return `lacks ${String(missing.length)} that are revoked`
  const latest = indexLedger(entries).latestRevocationList?.number
  if (latest !== undefined && number !== latest)
    return `is number ${String(number ?? 'unknown')}, and the ledger has number ${String(latest)}`
  const reserved = await vault.read(entryOf.canary(revokedName, 'client.crt'))
  if (reserved !== undefined && !listed.has(certificateFacts(reserved).serial))
    return 'lacks the canary that must be refused'
  const added = due.filter(
    ({ kind, name }) => kind === 'revocation' || (kind === 'canary' && name === revokedName),
  )
  if (added.length > 0) return `${String(added.length)} to be revoked`
  const { revocationListDays } = project.fleet.authority
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
