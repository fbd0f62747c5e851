import type { Authority } from '../pki/authority.js'
import { signerOf } from '../profile/authorities.js'
import { readAuthorities, rootPem } from './authorities.js'
import { authorityOpener } from './authority.js'
import type { CustodyInput } from './custody.js'
import { authoritiesDue } from './find-due.js'
import { refuseLateAuthority } from './late-authority.js'

/** What signs devices, with its key open, and whom devices believe. */
interface Prepared {
  readonly authority: Authority
  /** In PEM. */
  readonly trusted: string
}

/** Opens the authority that signs devices; a vault that lacks any of its authorities gets it. */
export async function preparedAuthority(input: CustodyInput): Promise<Prepared> {
  const { fleet, vault } = input
  const held = await readAuthorities(fleet, vault)
  refuseLateAuthority(fleet, held, (await vault.ledger()).entries)
  const due = authoritiesDue(input, held)
  const open = authorityOpener(input, due)
  for (const { id } of due) if (id !== undefined) await open(id)
  const authority = await open(signerOf(fleet, 'devices').id)
  return { authority, trusted: (await rootPem(fleet, vault, 'brokers')) ?? '' }
}
