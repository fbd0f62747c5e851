import { createAuthority, loadAuthority, type Authority } from '../pki/authority.js'
import { certificateFacts } from '../pki/certificate.js'
import { privateKeyPem, readPrivateKey } from '../pki/key.js'
import { serialNumber } from '../pki/serial.js'
import { BednetError } from '../error.js'
import type { Fleet } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'
import type { Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import type { Due } from './due.js'
import { backDatingMs, issuedAct } from './issuance.js'
import { askSecret, findSecret, requireSecret, type SecretWanted } from './secrets.js'

/** What opens or makes an authority. */
interface AuthorityInput {
  readonly fleet: Fleet
  readonly vault: Vault
  readonly world: World
}

/** The authority of the vault with its key open, made first where it is due. */
export async function openAuthority(
  input: AuthorityInput,
  due: Due | undefined,
): Promise<Authority> {
  if (due !== undefined) return await newAuthority(input, due)
  const { vault } = input
  const certificate = await vault.read(entryOf.authority('ca.crt'))
  const key = await vault.readSecret(entryOf.authority('ca.key'))
  if (certificate === undefined || key === undefined) throw keyless(vault.folder)
  return loadAuthority(certificate, readPrivateKey(key.reveal(), await passphrase(input)))
}

async function newAuthority({ fleet, vault, world }: AuthorityInput, due: Due): Promise<Authority> {
  const { commonName, key: algorithm, lifetimeDays } = fleet.authority
  const { folder } = fleet
  const { environment } = world
  const secret = await requireSecret(passphraseOf(fleet), { folder, vault, environment, world })
  const { entries } = await vault.ledger()
  const before = entries.filter(entry => entry.act === 'issued' && entry.kind === 'authority')
  const now = world.now().getTime()
  const authority = await createAuthority({
    commonName,
    site: fleet.site,
    generation: before.length + 1,
    algorithm,
    notBefore: new Date(now - backDatingMs),
    notAfter: new Date(now + lifetimeDays * msPerDay),
    serial: serialNumber(world.randomBytes(serialBytes)),
  })
  const { certificate, key } = authority
  await vault.append([issuedAct({ kind: 'authority', name: commonName, certificate }, due.because)])
  await vault.writeSecret(entryOf.authority('ca.key'), new Secret(privateKeyPem(key, secret)))
  // Last: a vault without it has no authority, whatever else a killed run has left.
  await vault.write(entryOf.authority('ca.crt'), certificate)
  world.report({
    kind: 'authority-created',
    message: `made the authority "${certificateFacts(certificate).commonName}"`,
  })
  return authority
}

async function passphrase({ fleet, vault, world }: AuthorityInput): Promise<Secret> {
  const wanted = passphraseOf(fleet)
  const places = { folder: fleet.folder, vault, environment: world.environment, world }
  const found = await findSecret(wanted, places)
  if (found !== undefined) return found
  if (wanted.source.from === 'prompt') return await askSecret(wanted, world)
  // Drawn anew it could not open a key that there is already.
  if (wanted.source.from === 'vault') throw keyless(vault.folder)
  return await requireSecret(wanted, places)
}

function passphraseOf({ authority }: Fleet): SecretWanted {
  return {
    source: authority.passphrase,
    what: `the passphrase of the authority "${authority.commonName}"`,
    entry: entryOf.authority('passphrase'),
  }
}

function keyless(folder: string): BednetError {
  return new BednetError('VAULT_DAMAGED', `the key of the authority is not in ${folder}`, {
    at: folder,
    hint: 'restore authority/ (ca.key, ca.crt, passphrase) from a backup of the vault',
  })
}

const msPerDay = 24 * 60 * 60 * 1000
const serialBytes = 16
