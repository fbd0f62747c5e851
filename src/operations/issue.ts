import { canaries } from '../broker/canary.js'
import type { Authority } from '../pki/authority.js'
import type { Device } from '../profile/fleet.js'
import type { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'
import type { Vault } from '../vault/vault.js'
import { openAuthority } from './authority.js'
import { takesPassphrase } from './device-files.js'
import { absent, makeable, type Due } from './due.js'
import {
  brokerCredential,
  canaryCredential,
  deviceCredential,
  issuedAct,
  type IssueInput,
  type Issuer,
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
    const authority = await openAuthority(
      { ...input, fleet: input.project.fleet },
      due.find(({ kind }) => kind === 'authority'),
    )
    await issueCredentials(input, { authority, due, passphrases })
    await revokeDue(input, due)
    const list = due.find(({ kind }) => kind === 'revocation-list')
    if (list !== undefined) await signList(input, authority, list.because)
  }
  await makeMissingFiles(input, due, passphrases)
  await hashPasswords(input, passwords)
}

/** Certificates on record before they are on disk, in groups: a group costs one fsync. */
const groupSize = 64

interface Issuing {
  readonly authority: Authority
  readonly due: readonly Due[]
  readonly passphrases: ReadonlyMap<string, Secret>
}

async function issueCredentials(
  { project, vault, world }: IssueInput,
  { authority, due, passphrases }: Issuing,
): Promise<void> {
  const wanted = due.filter(({ kind }) => ['broker', 'canary', 'device'].includes(kind))
  const make = credentialMaker(project, { authority, world }, passphrases)
  const keepFiles = fileKeeper(project, { vault, authority, passphrases })
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
      await keep(vault, credential, authority)
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
  issuer: Issuer,
  passphrases: ReadonlyMap<string, Secret>,
): (due: Due) => Promise<NewCredential | undefined> {
  const brokers = new Map(fleet.brokers.map(each => [each.name, each]))
  const devices = new Map(fleet.devices.map(each => [each.name, each]))
  const reserved = new Map(canaries(fleet).map(each => [each.name, each]))
  return async ({ kind, name }) => {
    const broker = kind === 'broker' ? brokers.get(name) : undefined
    if (broker !== undefined) return await brokerCredential(issuer, broker)
    const device = kind === 'device' ? devices.get(name) : undefined
    if (device !== undefined) {
      const passphrase = device.passphrase && passphrases.get(name)
      return await deviceCredential(issuer, device, passphrase)
    }
    const canary = kind === 'canary' ? reserved.get(name) : undefined
    return canary && (await canaryCredential(issuer, canary))
  }
}

/** The certificate goes first and comes last: beside it there is never another one's key. */
async function keep(
  vault: Vault,
  { kind, name, certificate, key }: NewCredential,
  authority: Authority,
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
    await vault.write(entryOf.device(name, 'ca.crt'), authority.certificate)
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
