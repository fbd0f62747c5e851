import { BednetError } from '../error.js'
import { certificateFacts, pathLengthOf } from '../pki/certificate.js'
import type { Fleet } from '../profile/fleet.js'
import type { LedgerEntry } from '../vault/ledger.js'
import type { Authorities } from './authorities.js'

/**
 * An authority that came into the profile, or left it, after others were made: a root that may sign
 * no other, or devices that nobody would know any more.
 * @throws BednetError AUTHORITY_CHANGED
 */
export function refuseLateAuthority(
  { authorities: wanted }: Fleet,
  held: Authorities,
  entries: readonly LedgerEntry[],
): void {
  for (const { id, issuer } of wanted) {
    const above = issuer === undefined ? undefined : held.get(issuer)
    if (held.has(id) || above === undefined || pathLengthOf(above) !== 0) continue
    const { commonName } = certificateFacts(above)
    throw changed(`the root "${commonName}" was made to sign leaves, and no issuing authority`)
  }
  const ids = new Set(wanted.map(({ id }) => id))
  for (const entry of entries) {
    if (entry.act !== 'issued' || entry.kind !== 'authority') continue
    const { id = 'ca', name } = entry
    if (!ids.has(id)) throw changed(`the authority "${name}" was made, and left the profile`)
  }
  const isIssued = entries.some(entry => entry.act === 'issued' && entry.kind === 'device')
  if (ids.has('devices') && !held.has('devices') && isIssued)
    throw changed('an authority for devices came after devices were issued by the other one')
}

function changed(message: string): BednetError {
  return new BednetError('AUTHORITY_CHANGED', message, {
    at: 'authority',
    hint: 'put "authority" back as it was, or begin a new site: every client has to be issued anew',
  })
}
