import { certifyAuthority, loadAuthority, type Authority } from '../pki/authority.js'
import { certificateFacts } from '../pki/certificate.js'
import { serialNumber } from '../pki/serial.js'
import { BednetError } from '../error.js'
import { chainOf } from '../profile/authorities.js'
import type { AuthorityId, AuthoritySpec } from '../profile/fleet.js'
import { authorityEntries } from '../vault/layout.js'
import type { Due } from './due.js'
import { newKey, openKey, type CustodyInput } from './custody.js'
import { backDatingMs, issuedAct } from './issuance.js'

/**
 * Opens authorities, each of them once and only where it is asked for, or makes them where they are
 * due: a root whose key is put away is not missed as long as nothing needs its signature.
 */
export function authorityOpener(
  input: CustodyInput,
  due: readonly Due[],
): (id: AuthorityId) => Promise<Authority> {
  const opened = new Map<AuthorityId, Promise<Authority>>()
  const open = async (id: AuthorityId): Promise<Authority> => {
    const spec = input.fleet.authorities.find(each => each.id === id)
    if (spec === undefined) throw new Error(`the profile has no authority ${id}`)
    const own = due.find(({ kind, id: which }) => kind === 'authority' && which === id)
    if (own === undefined) return await openAuthority(input, spec)
    const issuer = spec.issuer === undefined ? undefined : await openOnce(spec.issuer)
    return await newAuthority(input, { spec, issuer, because: own.because })
  }
  const openOnce = async (id: AuthorityId): Promise<Authority> => {
    const known = opened.get(id) ?? open(id)
    opened.set(id, known)
    return await known
  }
  return openOnce
}

async function openAuthority(input: CustodyInput, spec: AuthoritySpec): Promise<Authority> {
  const pems: string[] = []
  for (const { id } of chainOf(input.fleet, spec)) {
    const pem = await input.vault.read(authorityEntries(id).certificate)
    if (pem === undefined) throw certificateless(input, id)
    pems.push(pem)
  }
  const [certificate = '', ...issuers] = pems
  return loadAuthority(certificate, await openKey(input, spec), issuers)
}

interface NewAuthorityInput {
  readonly spec: AuthoritySpec
  readonly issuer: Authority | undefined
  readonly because: string
}

async function newAuthority(
  input: CustodyInput,
  { spec, issuer, because }: NewAuthorityInput,
): Promise<Authority> {
  const { fleet, vault, world } = input
  const { id, commonName, lifetimeDays, permitted } = spec
  const { key, keep } = await newKey(input, spec)
  const { entries } = await vault.ledger()
  const before = entries.filter(
    entry => entry.act === 'issued' && entry.kind === 'authority' && (entry.id ?? 'ca') === id,
  )
  const now = world.now().getTime()
  const authority = await certifyAuthority(
    key,
    {
      commonName,
      site: fleet.site,
      generation: before.length + 1,
      notBefore: new Date(now - backDatingMs),
      notAfter: new Date(now + lifetimeDays * msPerDay),
      serial: serialNumber(world.randomBytes(serialBytes)),
      pathLength: fleet.authorities.some(({ issuer: above }) => above === id) ? 1 : 0,
      permitted,
    },
    issuer,
  )
  const { certificate } = authority
  const act = issuedAct({ kind: 'authority', name: commonName, certificate }, because)
  await vault.append([id === 'ca' ? act : { ...act, id }])
  await keep()
  // Last: a vault without it has no authority, whatever else a killed run has left.
  await vault.write(authorityEntries(id).certificate, certificate)
  world.report({
    kind: 'authority-created',
    message: `made the authority "${certificateFacts(certificate).commonName}"`,
  })
  return authority
}

function certificateless({ vault: { folder } }: CustodyInput, id: AuthorityId): BednetError {
  const { certificate } = authorityEntries(id)
  return new BednetError('VAULT_DAMAGED', `${certificate} is not in ${folder}`, {
    at: folder,
    hint: 'restore authority/ from a backup of the vault',
  })
}

const msPerDay = 24 * 60 * 60 * 1000
const serialBytes = 16
