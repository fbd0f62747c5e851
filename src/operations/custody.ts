import { makeTokenKey, tokenKey, type TokenAccess, type TokenAlgorithm } from '../hosts/pkcs11.js'
import { generateKey, isEncrypted, privateKeyPem, readPrivateKey } from '../pki/key.js'
import type { SigningKey } from '../pki/signature.js'
import { BednetError } from '../error.js'
import type { AuthoritySpec, Custody, Fleet } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import { authorityEntries } from '../vault/layout.js'
import type { Vault } from '../vault/vault.js'
import { inWorkTree } from '../vault/work-tree.js'
import type { World } from '../world.js'
import { askSecret, findSecret, requireSecret, type SecretWanted } from './secrets.js'

/** What opens or makes the key of an authority. */
export interface CustodyInput {
  readonly fleet: Fleet
  readonly vault: Vault
  readonly world: World
}

/** A new key, and what puts it where it is to be kept. */
interface NewKey {
  readonly key: SigningKey
  readonly keep: () => Promise<void>
}

/** Makes the key of an authority; what a person has to bring for that is asked for first. */
export async function newKey(input: CustodyInput, spec: AuthoritySpec): Promise<NewKey> {
  if (spec.custody.kind === 'token') {
    const access = await openToken(input, spec, spec.custody)
    const found = await tokenKey(access)
    if (found === undefined) await makeTokenKey(access, spec.key as TokenAlgorithm)
    const key = found ?? (await tokenKey(access))
    if (key === undefined) throw tokenless(spec, spec.custody)
    return { key, keep: () => Promise.resolve() }
  }
  const seal = await sealer(input, spec)
  const key = await generateKey(spec.key)
  const keep = async () => {
    await input.vault.writeSecret(authorityEntries(spec.id).key, await seal(key))
  }
  return { key, keep }
}

/** How the key of an authority becomes what the vault keeps of it. */
export async function sealer(
  input: CustodyInput,
  spec: AuthoritySpec,
): Promise<(key: Awaited<ReturnType<typeof generateKey>>) => Promise<Secret>> {
  const { custody } = spec
  if (custody.kind === 'age') {
    const { encryptTo, recipientOf } = await import('../vault/age.js')
    const recipient = await recipientOf(await held(input, identityOf(spec, custody)))
    if (recipient === undefined || !custody.recipients.includes(recipient)) throw strange(spec)
    return async key => await encryptTo(custody.recipients, new Secret(privateKeyPem(key)))
  }
  if (custody.kind === 'token') throw tokenless(spec, custody)
  const secret = await requireSecret(passphraseOf(spec, custody), placesOf(input))
  return key => Promise.resolve(new Secret(privateKeyPem(key, secret)))
}

/** The key of an authority that there is already. */
export async function openKey(input: CustodyInput, spec: AuthoritySpec): Promise<SigningKey> {
  const { custody } = spec
  if (custody.kind === 'token') {
    const key = await tokenKey(await openToken(input, spec, custody))
    if (key === undefined) throw tokenless(spec, custody)
    return key
  }
  const kept = await input.vault.readSecret(authorityEntries(spec.id).key)
  if (kept === undefined) throw keyless(input, spec)
  if (kept.reveal().startsWith(ageArmour)) {
    if (custody.kind !== 'age')
      throw otherwise(spec, '"age", as its key was encrypted to begin with')
    const identity = await held(input, identityOf(spec, custody))
    const { decryptWith } = await import('../vault/age.js')
    return readPrivateKey((await decryptWith(identity, kept)).reveal())
  }
  if (!isEncrypted(kept.reveal())) refuseInWorkTree(input, spec)
  if (custody.kind === 'age') throw otherwise(spec, '"passphrase", which its key has')
  return readPrivateKey(kept.reveal(), await passphrase(input, spec, custody))
}

/** Told without its package, which is loaded only where it is used. */
const ageArmour = '-----BEGIN AGE ENCRYPTED FILE-----'

type By<Kind extends Custody['kind']> = Extract<Custody, { readonly kind: Kind }>

async function passphrase(
  input: CustodyInput,
  spec: AuthoritySpec,
  custody: By<'passphrase'>,
): Promise<Secret> {
  // Drawn anew it could not open a key that there is already.
  if (custody.source.from !== 'vault') return await held(input, passphraseOf(spec, custody))
  const found = await findSecret(passphraseOf(spec, custody), placesOf(input))
  if (found === undefined) throw keyless(input, spec)
  return found
}

/** A secret that there is already: nothing is drawn, and a person is asked once. */
async function held(input: CustodyInput, wanted: SecretWanted): Promise<Secret> {
  const found = await findSecret(wanted, placesOf(input))
  if (found !== undefined) return found
  if (wanted.source.from === 'prompt') return await askSecret(wanted, input.world)
  return await requireSecret(wanted, placesOf(input))
}

async function openToken(
  input: CustodyInput,
  spec: AuthoritySpec,
  token: By<'token'>,
): Promise<TokenAccess> {
  const what = `the PIN of token "${token.token}"`
  const entry = authorityEntries(spec.id).passphrase
  const pin = await held(input, { source: token.pin, what, entry })
  return { token, pin, environment: input.world.environment }
}

function passphraseOf({ id, commonName }: AuthoritySpec, { source }: By<'passphrase'>) {
  const what = `the passphrase of the authority "${commonName}"`
  return { source, what, entry: authorityEntries(id).passphrase }
}

function identityOf({ id, commonName }: AuthoritySpec, { identity }: By<'age'>): SecretWanted {
  const what = `the age identity for the authority "${commonName}"`
  const entry = authorityEntries(id).passphrase
  return { source: identity, what, entry, hasComments: true }
}

function placesOf({ fleet: { folder }, vault, world }: CustodyInput) {
  return { folder, vault, environment: world.environment, world }
}

function refuseInWorkTree({ vault: { folder } }: CustodyInput, spec: AuthoritySpec): void {
  const tree = inWorkTree(folder)
  if (tree === undefined) return
  const file = authorityEntries(spec.id).key
  throw new BednetError(
    'KEY_UNREADABLE',
    `the key in ${file} is not encrypted, and ${tree} is a git work tree`,
    {
      at: `${folder}/${file}`,
      hint: `encrypt it: openssl pkcs8 -topk8 -v2 aes256 -in ${file} -out ca.new, and put that in its place`,
    },
  )
}

function keyless({ vault: { folder } }: CustodyInput, { id, commonName }: AuthoritySpec) {
  const { key, passphrase: secret } = authorityEntries(id)
  const what = `the key of the authority "${commonName}" is not in ${folder}`
  return new BednetError('VAULT_DAMAGED', what, {
    at: folder,
    hint: `put ${key} back, and ${secret} where it was drawn: from where they were put away, or from a backup of the vault`,
  })
}

function strange({ commonName }: AuthoritySpec): BednetError {
  const what = `the age identity for the authority "${commonName}" is of none of its recipients`
  return new BednetError('SECRET_WRONG', what, {
    hint: 'add what "age-keygen -y" prints of it under "recipients": else nobody here could sign',
  })
}

function otherwise({ commonName }: AuthoritySpec, what: string): BednetError {
  return new BednetError('KEY_UNREADABLE', `the authority "${commonName}" is kept in another way`, {
    hint: `say ${what}: how a key is kept is chosen as it is made`,
  })
}

function tokenless({ commonName }: AuthoritySpec, { token, object }: By<'token'>): BednetError {
  const what = `the key "${object}" of the authority "${commonName}" is not in token "${token}"`
  return new BednetError('KEY_UNREADABLE', what, {
    at: `token "${token}"`,
    hint: 'put in the token that it was made in',
  })
}
