import { canaries } from '../broker/canary.js'
import type { Authority } from '../pki/authority.js'
import { signerOf } from '../profile/authorities.js'
import type { AuthorityId, Device, Fleet, Signed } from '../profile/fleet.js'
import type { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'
import type { Vault } from '../vault/vault.js'
import { rootPem } from './authorities.js'
import { authorityOpener } from './authority.js'
import { takesPassphrase } from './device-files.js'
import { absent, makeable, type Due } from './due.js'
import {
  brokerCredential,
  canaryCredential,
  deviceCredential,
  issuedAct,
  type IssueInput,
  type NewCredential,
} from './issuance.js'
import { listedFields } from './inventory.js'
import { fileKeeper, makeMissingFiles } from './issue-files.js'
import { hashPasswords, userPasswords } from './issue-passwords.js'
import { revokeDue, signList } from './issue-revocations.js'
import type { Project } from './load.js'
import { requireSecret } from './secrets.js'

/**
 * Makes everything that is due. Secrets that a person holds come first, so that a missing one stops
 * it before anything is made. Killed at any point, the next run finds the rest due.
 */
export async function issueDue(input: IssueInput, all: readonly Due[]): Promise<void> {
  const due = makeable(all)
  const passphrases = await devicePassphrases(input, due)
  const passwords = await userPasswords(input, due)
  if (due.some(({ kind }) => kind !== 'password' && kind !== 'files')) {
    const { fleet } = input.project
    const open = authorityOpener({ ...input, fleet }, due)
    // All of them before anything is signed: one that does not open stops it here.
    for (const id of neededFor(fleet, due)) await open(id)
    await issueCredentials(input, { open, due, passphrases })
    await revokeDue(input, due)
    for (const { kind, id, because } of due)
      if (kind === 'revocation-list' && id !== undefined)
        await signList(input, await open(id), { id, because })
  }
  await makeMissingFiles(input, due, passphrases)
  await hashPasswords(input, passwords)
}

/** Certificates on record before they are on disk, in groups: a group costs one fsync. */
const groupSize = 64

/** Roots come first, as in the fleet. */
function neededFor(fleet: Fleet, due: readonly Due[]): readonly AuthorityId[] {
  const kinds = new Set(due.map(({ kind }) => kind))
  const needed = new Set(due.flatMap(({ id }) => id ?? []))
  if (kinds.has('broker')) needed.add(signerOf(fleet, 'brokers').id)
  if (kinds.has('device') || kinds.has('canary')) needed.add(signerOf(fleet, 'devices').id)
  return fleet.authorities.map(({ id }) => id).filter(id => needed.has(id))
}

interface Issuing {
  readonly open: (id: AuthorityId) => Promise<Authority>
  readonly due: readonly Due[]
  readonly passphrases: ReadonlyMap<string, Secret>
}

async function issueCredentials(
  { project, vault, world }: IssueInput,
  { open, due, passphrases }: Issuing,
): Promise<void> {
  const wanted = due.filter(({ kind }) => ['broker', 'canary', 'device'].includes(kind))
  const make = credentialMaker(project, { open, world }, passphrases)
  const trusted = (await rootPem(project.fleet, vault, 'brokers')) ?? ''
  const keepFiles = fileKeeper(project, { vault, trusted, passphrases })
  const fieldsOf = listedFields(project.fleet, (await vault.ledger()).entries)
  for (let start = 0; start < wanted.length; start += groupSize) {
    const group = wanted.slice(start, start + groupSize)
    const made = await Promise.all(group.map(make))
    const issued = made.flatMap((credential, index) =>
      credential === undefined ? [] : [{ credential, because: group[index]?.because ?? absent }],
    )
    await vault.append(
      issued.map(({ credential, because }) => ({
        ...issuedAct(credential, because),
        ...(credential.kind === 'device' ? fieldsOf(credential.name) : {}),
      })),
    )
    for (const { credential } of issued) {
      await keepFiles(credential)
      await keep(vault, credential, trusted)
    }
    world.report({
      kind: 'certificates-issued',
      message: 'issuing certificates',
      progress: { done: start + group.length, total: wanted.length },
    })
  }
}

function credentialMaker(
  { fleet }: Project,
  { open, world }: Pick<Issuing, 'open'> & Pick<IssueInput, 'world'>,
  passphrases: ReadonlyMap<string, Secret>,
): (due: Due) => Promise<NewCredential | undefined> {
  const brokers = new Map(fleet.brokers.map(each => [each.name, each]))
  const devices = new Map(fleet.devices.map(each => [each.name, each]))
  const reserved = new Map(canaries(fleet).map(each => [each.name, each]))
  const issuer = async (whose: Signed) => ({
    authority: await open(signerOf(fleet, whose).id),
    world,
  })
  return async ({ kind, name }) => {
    const broker = kind === 'broker' ? brokers.get(name) : undefined
    if (broker !== undefined) return await brokerCredential(await issuer('brokers'), broker)
    const device = kind === 'device' ? devices.get(name) : undefined
    if (device !== undefined) {
      const passphrase = device.passphrase && passphrases.get(name)
      return await deviceCredential(await issuer('devices'), device, passphrase)
    }
    const canary = kind === 'canary' ? reserved.get(name) : undefined
    return canary && (await canaryCredential(await issuer('devices'), canary))
  }
}

/**
 * The certificate goes first and comes last: beside it there is never another one's key.
 * @param trusted whom a device believes, in PEM
 */
async function keep(
  vault: Vault,
  { kind, name, certificate, key }: NewCredential,
  trusted = '',
): Promise<void> {
  if (kind === 'broker') {
    const entry = entryOf.broker(name, 'broker.crt')
    await vault.remove(entry)
    await vault.writeSecret(entryOf.broker(name, 'broker.key'), key)
    await vault.write(entry, certificate)
  } else if (kind === 'canary') {
    const entry = entryOf.canary(name, 'client.crt')
    await vault.remove(entry)
    await vault.writeSecret(entryOf.canary(name, 'client.key'), key)
    await vault.write(entry, certificate)
  } else {
    const entry = entryOf.device(name, 'client.crt')
    await vault.remove(entry)
    await vault.writeSecret(entryOf.device(name, 'client.key'), key)
    await vault.write(entryOf.device(name, 'ca.crt'), trusted)
    await vault.write(entry, certificate)
  }
}

async function devicePassphrases(
  input: IssueInput,
  due: readonly Due[],
): Promise<ReadonlyMap<string, Secret>> {
  const isMade = ({ kind }: Due): boolean => kind === 'device' || kind === 'files'
  const names = new Set(due.filter(isMade).map(({ name }) => name))
  const found = new Map<string, Secret>()
  for (const device of input.project.fleet.devices) {
    if (!names.has(device.name)) continue
    const passphrase = await passphraseOf(device, input)
    if (passphrase !== undefined) found.set(device.name, passphrase)
  }
  return found
}

async function passphraseOf(
  device: Device,
  { project, vault, world }: IssueInput,
): Promise<Secret | undefined> {
  if (!takesPassphrase(device)) return undefined
  const { name, passphrase: source = { from: 'vault' } } = device
  const what = `the passphrase for the key of device "${name}"`
  const { folder } = project.fleet
  const { environment } = world
  const entry = entryOf.device(name, 'passphrase')
  return await requireSecret({ source, what, entry }, { folder, vault, environment, world })
}
