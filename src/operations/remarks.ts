import { certificateFacts } from '../pki/certificate.js'
import { chainOf, signerOf } from '../profile/authorities.js'
import type { AuthoritySpec } from '../profile/fleet.js'
import type { Examined } from '../profile/profile.js'
import type { Remark } from '../profile/remarks.js'
import { readVault } from '../vault/vault.js'
import type { World } from '../world.js'
import { readAuthorities } from './authorities.js'
import type { Project } from './load.js'

/** What is worth a word about a sound profile, today and with the authorities that the vault has. */
export async function remarksOn(
  { remarks }: Pick<Examined, 'remarks'>,
  { fleet, vault }: Project,
  { now }: Pick<World, 'now'>,
): Promise<readonly Remark[]> {
  const held = await readAuthorities(fleet, readVault(vault))
  const endOf = (spec: AuthoritySpec | undefined) => {
    const pem = spec && held.get(spec.id)
    return pem === undefined ? undefined : certificateFacts(pem).notAfter
  }
  const [brokers, devices] = [signerOf(fleet, 'brokers'), signerOf(fleet, 'devices')]
  const root = chainOf(fleet, brokers).at(-1)
  return remarks({
    now: now(),
    ends: { root: endOf(root), brokers: endOf(brokers), devices: endOf(devices) },
  })
}
