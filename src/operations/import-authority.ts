import { dirname } from 'node:path'
import type { KeyAlgorithm } from '../algorithm.js'
import { BednetError } from '../error.js'
import { loadAuthority } from '../pki/authority.js'
import { certificateFacts, pathLengthOf } from '../pki/certificate.js'
import { isEncrypted, readPrivateKey } from '../pki/key.js'
import type { Objection } from '../pki/objection.js'
import { objections } from '../pki/objections.js'
import type { AuthoritySpec } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import { authorityEntries } from '../vault/layout.js'
import { withVault, type Vault } from '../vault/vault.js'
import { inWorkTree } from '../vault/work-tree.js'
import type { World } from '../world.js'
import { sealer } from './custody.js'
import type { FoundAuthority } from './found-authority.js'
import { foundRevocations } from './found-revocations.js'
import { issuedAct } from './issuance.js'
import type { Project } from './load.js'
import { askSecret } from './secrets.js'

interface ImportInput {
  readonly project: Project
  readonly world: World
  readonly found: FoundAuthority
}

/** An authority that is now in the vault. */
export interface Imported {
  readonly subject: string
  readonly notAfter: string
  readonly key: KeyAlgorithm | undefined
  /** What clients will refuse in it, or may. */
  readonly objections: readonly Objection[]
  /** Certificates that it had revoked, and that stay so. */
  readonly revoked: number
  /** Certificates that it has issued and that are still good; undefined where nothing says. */
  readonly valid: number | undefined
}

/**
 * Takes an authority that something else has made into a vault that has none: with its key, encrypted
 * as the profile says, and all that it had revoked.
 * @throws BednetError CERTIFICATE_UNREADABLE where nobody would believe it; KEY_UNREADABLE; SECRET_WRONG;
 *   PROFILE_INVALID where the profile speaks of another; AUTHORITY_CHANGED where there is one already
 */
export async function importAuthority(input: ImportInput): Promise<Imported> {
  const { project, world, found } = input
  const [spec] = project.fleet.authorities
  if (spec === undefined) throw new Error('a profile without an authority')
  const { text: certificate } = found.certificate
  const facts = certificateFacts(certificate)
  const objected = refuseUseless(found, world)
  refuseOtherwise(spec, project, certificate)
  const { key } = loadAuthority(certificate, await openFound(found, world))
  const past = foundRevocations(found)
  const { commonName: name } = facts
  const because = `imported from ${found.layout === 'PEM' ? 'PEM files' : found.layout}`
  await withVault(project.vault, { verb: 'import', world }, async vault => {
    await refuseSecond(vault)
    const seal = await sealer({ fleet: project.fleet, vault, world }, spec)
    const sealed = await seal(key)
    const { entries } = await vault.ledger()
    const act = issuedAct({ kind: 'authority', name, certificate }, because)
    // A run that was killed has put it on record, and came no further.
    const isOnRecord = entries.some(each => each.act === 'issued' && each.sha256 === act.sha256)
    await vault.append([...(isOnRecord ? [] : [act]), ...past.acts(entries, because)])
    await vault.writeSecret(authorityEntries('ca').key, sealed)
    await vault.write(authorityEntries('ca').certificate, certificate)
  })
  return {
    subject: facts.subject,
    notAfter: facts.notAfter.toISOString(),
    key: facts.algorithm,
    objections: objected,
    revoked: past.revoked.length,
    valid: past.valid,
  }
}

/** Answers what may still be objected to it. */
function refuseUseless(
  { certificate: { path, text } }: FoundAuthority,
  world: World,
): readonly Objection[] {
  const { subject, issuer } = certificateFacts(text)
  if (subject !== issuer) {
    const what = `"${subject}" is signed by "${issuer}", and no root`
    const hint = 'import the root, and let it sign an issuing authority: authority: { issuing: {} }'
    throw new BednetError('CERTIFICATE_UNREADABLE', what, { at: path, hint })
  }
  const found = objections(text, { purpose: 'authority', authorities: [], now: world.now() })
  const [fatal] = found.filter(({ severity }) => severity === 'refused')
  if (fatal === undefined) return found
  const what = `"${subject}" ${fatal.message}: no client would believe it`
  throw new BednetError('CERTIFICATE_UNREADABLE', what, { at: path, hint: fatal.hint })
}

/** The profile is what is believed, so it has to speak of this one. */
function refuseOtherwise(spec: AuthoritySpec, { fleet }: Project, certificate: string): void {
  const { commonName } = certificateFacts(certificate)
  const invalid = (message: string, hint: string) =>
    new BednetError('PROFILE_INVALID', message, { at: 'authority', hint })
  if (commonName !== spec.commonName)
    throw invalid(
      `the profile calls its authority "${spec.commonName}", and this one is "${commonName}"`,
      `say authority: { commonName: ${JSON.stringify(commonName)} } in the profile`,
    )
  if (spec.custody.kind === 'token')
    throw invalid(
      'the profile has the key in a token, and this one is in a file',
      'import it by the means of the token, or leave "custody" out',
    )
  const signsOther = fleet.authorities.some(({ issuer }) => issuer === spec.id)
  if (signsOther && pathLengthOf(certificate) === 0)
    throw invalid(
      `"${commonName}" may sign leaves, and no issuing authority: its path length is 0`,
      'leave "issuing" out of "authority"',
    )
}

async function openFound({ key: { path, text } }: FoundAuthority, world: World) {
  if (isEncrypted(text.reveal()))
    return readPrivateKey(text.reveal(), await passphrase(path, world))
  const tree = inWorkTree(dirname(path))
  if (tree !== undefined) {
    const what = `the key in ${path} is not encrypted, and ${tree} is a git work tree`
    const hint =
      'move it out of there first, and out of its history: whoever has a copy is your authority'
    throw new BednetError('KEY_UNREADABLE', what, { at: path, hint })
  }
  return readPrivateKey(text.reveal())
}

async function passphrase(path: string, world: World): Promise<Secret> {
  const given = world.environment['BEDNET_IMPORT_PASSPHRASE']
  if (given !== undefined) return new Secret(given)
  const what = `the passphrase of ${path}`
  const entry = authorityEntries('ca').passphrase
  return await askSecret({ source: { from: 'prompt' }, what, entry }, world)
}

async function refuseSecond(vault: Vault): Promise<void> {
  if ((await vault.read(authorityEntries('ca').certificate)) === undefined) return
  throw new BednetError('AUTHORITY_CHANGED', 'the vault has an authority already', {
    at: vault.folder,
    hint: 'import into a new site: what this one has issued would be believed by nobody',
  })
}
