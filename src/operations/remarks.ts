import { certificateFacts } from '../pki/certificate.js'
import type { Examined } from '../profile/profile.js'
import type { Remark } from '../profile/remarks.js'
import { entryOf } from '../vault/layout.js'
import { readVault } from '../vault/vault.js'
import type { World } from '../world.js'
import type { Project } from './load.js'

/** What is worth a word about a sound profile, today and with the authority that the vault has. */
export async function remarksOn(
  { remarks }: Pick<Examined, 'remarks'>,
  { vault }: Pick<Project, 'vault'>,
  { now }: Pick<World, 'now'>,
): Promise<readonly Remark[]> {
  const pem = await readVault(vault).read(entryOf.authority('ca.crt'))
  const authorityEnd = pem === undefined ? undefined : certificateFacts(pem).notAfter
  return remarks({ now: now(), authorityEnd })
}
