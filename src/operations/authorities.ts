import { certificateFacts, type CertificateFacts } from '../pki/certificate.js'
import { chainOf, signerOf } from '../profile/authorities.js'
import type { AuthorityId, Fleet, Signed } from '../profile/fleet.js'
import { authorityEntries } from '../vault/layout.js'
import type { VaultReader } from '../vault/vault.js'

/** The certificates of those authorities of a fleet that were made. */
export type Authorities = ReadonlyMap<AuthorityId, string>

export async function readAuthorities(fleet: Fleet, vault: VaultReader): Promise<Authorities> {
  const held = new Map<AuthorityId, string>()
  for (const { id } of fleet.authorities) {
    const pem = await vault.read(authorityEntries(id).certificate)
    if (pem !== undefined) held.set(id, pem)
  }
  return held
}

/** What signs their certificates now; undefined where it was not made yet. */
export function signerFacts(
  fleet: Fleet,
  authorities: Authorities,
  whose: Signed,
): CertificateFacts | undefined {
  const pem = authorities.get(signerOf(fleet, whose).id)
  return pem === undefined ? undefined : certificateFacts(pem)
}

/** Whom one has to trust to believe their certificates, in PEM; undefined where it was not made yet. */
export async function rootPem(
  fleet: Fleet,
  vault: VaultReader,
  whose: Signed,
): Promise<string | undefined> {
  const root = chainOf(fleet, signerOf(fleet, whose)).at(-1)
  return root && (await vault.read(authorityEntries(root.id).certificate))
}

/**
 * What a broker has to know of the authorities that sign its clients, each on top of the one above
 * it: a client that shows its own certificate alone is believed as well.
 */
export async function clientTrust(
  fleet: Fleet,
  vault: VaultReader,
): Promise<Record<'certificates' | 'revocations', string | undefined>> {
  const entries = chainOf(fleet, signerOf(fleet, 'devices')).map(({ id }) => authorityEntries(id))
  const join = async (part: 'certificate' | 'revocations') => {
    const texts = await Promise.all(entries.map(async entry => await vault.read(entry[part])))
    return texts.includes(undefined) ? undefined : texts.join('')
  }
  return { certificates: await join('certificate'), revocations: await join('revocations') }
}
