import type { Authority } from '../pki/authority.js'
import { entryOf } from '../vault/layout.js'
import { openAuthority } from './authority.js'
import { authorityDue } from './find-due.js'

/** The authority of the vault with its key open; a vault that has none gets one. */
export async function preparedAuthority(
  input: Parameters<typeof openAuthority>[0],
): Promise<Authority> {
  const held = await input.vault.read(entryOf.authority('ca.crt'))
  return await openAuthority(input, held === undefined ? authorityDue(input) : undefined)
}
