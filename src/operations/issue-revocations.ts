import { revokedName } from '../broker/canary.js'
import type { Authority } from '../pki/authority.js'
import { certificateFacts } from '../pki/certificate.js'
import { signRevocationList, type RevocationReason } from '../pki/revocation.js'
import type { AuthorityId } from '../profile/fleet.js'
import { authorityEntries } from '../vault/layout.js'
import { indexLedger, type Revoked } from '../vault/ledger.js'
import type { Due } from './due.js'
import type { IssueInput } from './issuance.js'
import { revokedBy } from './revoked-by.js'

/** Puts on record what is no longer to be trusted; the list that says so is signed afterwards. */
export async function revokeDue({ vault, world }: IssueInput, due: readonly Due[]): Promise<void> {
  const { entries } = await vault.ledger()
  const index = indexLedger(entries)
  const reserved = index.held('canary', revokedName)
  const acts = due.flatMap(({ kind, name, serial, because }): readonly Revoked[] => {
    if (kind !== 'revocation' || serial === undefined) return []
    const of = entries.find(entry => entry.act === 'issued' && entry.serial === serial)
    const whose = of?.act === 'issued' ? of.kind : 'device'
    return [{ act: 'revoked', kind: whose, name, serial, reason: departed, because }]
  })
  if (reserved !== undefined && !index.revokedSerials.has(reserved.serial)) {
    const because = 'proves that a revoked certificate is refused'
    acts.push({ ...pick(reserved), act: 'revoked', reason: 'unspecified', because })
  }
  if (acts.length === 0) return
  await vault.append(acts)
  for (const { name } of acts.filter(each => each.name !== revokedName)) {
    world.report({ kind: 'certificate-revoked', message: `revoked ${name}`, about: name })
  }
}

/** Signs the list of all that an authority has revoked, and puts it on record before it is kept. */
export async function signList(
  { project, vault, world }: IssueInput,
  authority: Authority,
  { id, because }: { readonly id: AuthorityId; readonly because: string },
): Promise<void> {
  const { entries } = await vault.ledger()
  const index = indexLedger(entries)
  const number = index.revocationListNumber + 1
  const days = project.fleet.authorities.find(each => each.id === id)?.revocationListDays
  const thisUpdate = new Date(world.now().getTime() - listBackDatingMs)
  const nextUpdate = endOfList(authority, days, thisUpdate)
  const facts = certificateFacts(authority.certificate)
  const revoked = revokedBy(facts, { entries, index }).map(({ serial, at, reason }) => ({
    serial,
    revokedAt: new Date(at),
    reason: reason as RevocationReason,
  }))
  const list = await signRevocationList(authority, { number, thisUpdate, nextUpdate, revoked })
  const act = { act: 'crl', number, nextUpdate: nextUpdate.toISOString(), because } as const
  await vault.append([id === 'ca' ? act : { ...act, id }])
  await vault.write(authorityEntries(id).revocations, list)
}

const departed: RevocationReason = 'cessationOfOperation'

/** The broker's clock may be behind the operator's, and a list from the future is refused. */
const listBackDatingMs = 60 * 60 * 1000
const msPerDay = 24 * 60 * 60 * 1000

function endOfList(authority: Authority, days: number | undefined, thisUpdate: Date): Date {
  const end = certificateFacts(authority.certificate).notAfter
  if (days === undefined) return end
  const shorter = new Date(thisUpdate.getTime() + days * msPerDay)
  return shorter < end ? shorter : end
}

function pick({ kind, name, serial }: Pick<Revoked, 'kind' | 'name' | 'serial'>) {
  return { kind, name, serial }
}
