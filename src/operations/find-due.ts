import { canaries, type Canary } from '../broker/canary.js'
import { takesPasswords } from '../broker/config.js'
import { BednetError } from '../error.js'
import { certificateFacts, type CertificateFacts } from '../pki/certificate.js'
import { whyReissue } from '../pki/renewal.js'
import { isWeaker } from '../pki/strength.js'
import type { Device, Fleet } from '../profile/fleet.js'
import { entryOf, type PublicEntry, type SecretEntry } from '../vault/layout.js'
import { indexLedger, type Issued, type LedgerEntry } from '../vault/ledger.js'
import type { VaultReader } from '../vault/vault.js'
import { absent, lost, type Due, type DueInput, type DueKind, type Standing } from './due.js'
import { filesDue } from './due-files.js'
import { passwordsDue } from './due-passwords.js'
import { readAuthorities, signerFacts, type Authorities } from './authorities.js'
import { revocationListsDue } from './due-revocations.js'
import { factsOf, isBatched } from './inventory.js'
import { refuseLateAuthority } from './late-authority.js'
import type { Project } from './load.js'

/**
 * What must be issued, revoked or hashed so that the vault is as the profile says, each with its
 * reason; empty where it is. Reads only, and needs no secret.
 * @throws BednetError NAME_REUSED where a device has the name of a revoked one
 */
export async function findDue(input: DueInput): Promise<readonly Due[]> {
  const { project, vault, world } = input
  const { entries } = await vault.ledger()
  if (!input.reuseNames) refuseReusedNames(project, entries)
  const authorities = await readAuthorities(project.fleet, vault)
  refuseLateAuthority(project.fleet, authorities, entries)
  const due = authoritiesDue(project, authorities)
  const signers = signersOf(project.fleet, authorities)
  const revoked = revokedSerials(entries)
  const batches = new Set(await vault.batches())
  const standing = { ...input, entries, authorities, signers, revoked, batches }
  const certificates = [
    ...(await brokersDue(standing)),
    ...(await canariesDue(standing)),
    ...(await devicesDue(standing)),
  ]
  const departed = departedNames(project, entries, world.now())
  const passwords = takesPasswords(project.fleet) ? await passwordsDue(input) : []
  const lists = await revocationListsDue(standing, [...certificates, ...departed])
  const files = await filesDue(standing, certificates)
  return [...due, ...certificates, ...files, ...departed, ...passwords, ...lists]
}

/** A vault without an authority gets one before all else. */
export function authoritiesDue(
  { fleet }: Pick<Project, 'fleet'>,
  authorities: Authorities,
): readonly Due[] {
  return fleet.authorities
    .filter(({ id }) => !authorities.has(id))
    .map(({ id, commonName: name }) => ({ kind: 'authority', id, name, because: absent }))
}

export function signersOf(fleet: Fleet, authorities: Authorities): Standing['signers'] {
  return {
    brokers: signerFacts(fleet, authorities, 'brokers'),
    devices: signerFacts(fleet, authorities, 'devices'),
  }
}

async function brokersDue(standing: Standing): Promise<readonly Due[]> {
  const { brokers, listeners } = standing.project.fleet
  if (!listeners.some(({ tls }) => tls)) return []
  return await eachDue(brokers, 'broker', async broker => {
    const held = await readFacts(standing.vault, entryOf.broker(broker.name, 'broker.crt'))
    const { commonName, names, key: algorithm, lifetimeDays } = broker
    const signer = standing.signers.brokers
    const because = why({ ...standing, signer }, held, {
      commonName,
      names,
      algorithm,
      lifetimeDays,
    })
    const keyless = await whyKeyless(standing, entryOf.broker(broker.name, 'broker.key'))
    return { held, because: because || keyless }
  })
}

async function devicesDue(standing: Standing): Promise<readonly Due[]> {
  const { held: heldBy } = indexLedger(standing.entries)
  const due = await eachDue(standing.project.fleet.devices, 'device', device =>
    findingOn(device, heldBy('device', device.name), standing),
  )
  return due.map(each =>
    hasOwnKey(heldBy('device', each.name), standing) ? { ...each, kind: 'request' } : each,
  )
}

/**
 * Whether a device has made its key itself, so that no key of ours may take its place. A name that
 * was revoked begins anew.
 */
export function hasOwnKey(
  entry: Issued | undefined,
  { revoked }: Pick<Standing, 'revoked'>,
): entry is Issued & Required<Pick<Issued, 'request'>> {
  return entry?.request !== undefined && !revoked.has(entry.serial.toUpperCase())
}

/**
 * What a device holds, and why it needs another one, or false where that may stay.
 * @param entry the latest of its name in the ledger
 */
export async function findingOn(
  { name: commonName, key, lifetimeDays }: Device,
  entry: LedgerEntry<Issued> | undefined,
  standing: Pick<Standing, 'vault' | 'signers' | 'revoked' | 'batches' | 'world'>,
): Promise<Finding> {
  const held = await heldOf(commonName, entry, standing)
  const isLost = held === undefined && entry !== undefined && isLive(entry, standing.world.now())
  if (isLost && !standing.revoked.has(entry.serial.toUpperCase())) return { held, because: lost }
  // A device that has its own may have taken a better one.
  const isEnough = entry?.request !== undefined && !isWeaker(held?.algorithm ?? key, key)
  const algorithm = isEnough ? (held?.algorithm ?? key) : key
  const wanted = { commonName, names: [], algorithm, lifetimeDays }
  return { held, because: why({ ...standing, signer: standing.signers.devices }, held, wanted) }
}

async function heldOf(
  name: string,
  entry: LedgerEntry<Issued> | undefined,
  { vault, batches, signers }: Pick<Standing, 'vault' | 'batches' | 'signers'>,
): Promise<CertificateFacts | undefined> {
  if (!isBatched(entry)) return await readFacts(vault, entryOf.device(name, 'client.crt'))
  // Of a batch the ledger says it all: a hundred thousand files need not be opened.
  return batches.has(entry.batch) ? factsOf(entry, signers.devices) : undefined
}

async function canariesDue(standing: Standing): Promise<readonly Due[]> {
  return await eachDue(canaries(standing.project.fleet), 'canary', async canary => {
    const held = await readFacts(standing.vault, entryOf.canary(canary.name, 'client.crt'))
    const keyless = await whyKeyless(standing, entryOf.canary(canary.name, 'client.key'))
    return { held, because: whyCanary(canary, held, standing) || keyless }
  })
}

/** Of brokers and canaries alone: a device's key may be handed over, and be nowhere else. */
async function whyKeyless({ vault }: Standing, entry: SecretEntry): Promise<string | false> {
  return (await vault.readSecret(entry)) === undefined && 'its key is not in the vault'
}

/** Those that must be turned away are never renewed for what they were made to be. */
function whyCanary(canary: Canary, held: CertificateFacts | undefined, standing: Standing) {
  const { devices: signer } = standing.signers
  const current = held?.authorityKeyId === signer?.subjectKeyId
  if (canary.kind === 'role' || canary.kind === 'peer') {
    // As long as its authority, so that proving never needs the authority's key: as that was made,
    // whatever lifetime the profile would give to a new one.
    const lifetimeDays = signer === undefined ? 0 : daysOf(signer)
    return why({ ...standing, signer }, held, {
      commonName: canary.name,
      names: [],
      algorithm: 'p256',
      lifetimeDays,
    })
  }
  if (held === undefined) return absent
  return !current && 'issued by another authority'
}

function daysOf({ notBefore, notAfter }: CertificateFacts): number {
  return (notAfter.getTime() - notBefore.getTime()) / msPerDay
}

const msPerDay = 24 * 60 * 60 * 1000

interface Signing {
  readonly signer: CertificateFacts | undefined
}

type Wanted = Pick<
  Parameters<typeof whyReissue>[1],
  'commonName' | 'names' | 'algorithm' | 'lifetimeDays'
>

function why(
  { signer, revoked, world }: Pick<Standing, 'revoked' | 'world'> & Signing,
  held: CertificateFacts | undefined,
  wanted: Wanted,
): string | false {
  if (held === undefined) return absent
  if (signer === undefined) return 'the authority is new'
  return whyReissue(held, { ...wanted, authority: signer, revoked }, world.now())
}

interface Finding {
  readonly held: CertificateFacts | undefined
  readonly because: string | false
}

async function eachDue<Item extends { readonly name: string }>(
  items: readonly Item[],
  kind: DueKind,
  look: (item: Item) => Promise<Finding>,
): Promise<readonly Due[]> {
  const due: Due[] = []
  for (const item of items) {
    const { held, because } = await look(item)
    const replaces = held === undefined ? {} : { replaces: held.serial }
    if (because !== false) due.push({ kind, name: item.name, because, ...replaces })
  }
  return due
}

async function readFacts(
  vault: VaultReader,
  entry: PublicEntry,
): Promise<CertificateFacts | undefined> {
  const pem = await vault.read(entry)
  return pem === undefined ? undefined : certificateFacts(pem)
}

export function revokedSerials(entries: readonly LedgerEntry[]): ReadonlySet<string> {
  // The ledger spells serials in lower case, certificates in upper case.
  return new Set([...indexLedger(entries).revokedSerials.keys()].map(each => each.toUpperCase()))
}

/** A line taken out of the profile must not leave a certificate behind that works. */
function departedNames(
  { fleet }: Project,
  entries: readonly LedgerEntry[],
  now: Date,
): readonly Due[] {
  const present = new Set([...fleet.devices, ...canaries(fleet)].map(({ name }) => name))
  const { revokedSerials } = indexLedger(entries)
  return entries
    .filter(entry => entry.act === 'issued')
    .filter(({ kind, name }) => (kind === 'device' || kind === 'canary') && !present.has(name))
    .filter(entry => isLive(entry, now) && !revokedSerials.has(entry.serial))
    .map(({ name, serial }) => ({
      kind: 'revocation',
      name,
      serial,
      because: 'it left the profile',
    }))
}

function isLive({ notAfter }: Issued, now: Date): boolean {
  return new Date(notAfter) > now
}

function refuseReusedNames({ fleet }: Project, entries: readonly LedgerEntry[]): void {
  const revoked = new Set(indexLedger(entries).revokedNames('device'))
  const reused = fleet.devices.filter(({ name }) => revoked.has(name)).map(({ name }) => name)
  const [first] = reused
  if (first === undefined) return
  const more = reused.length === 1 ? '' : ` and ${String(reused.length - 1)} more`
  throw new BednetError('NAME_REUSED', `the name "${first}"${more} was revoked before`, {
    at: `device "${first}"`,
    hint: 'whoever still trusts the old device would trust the new one: take another name, or say --reuse-names',
  })
}
