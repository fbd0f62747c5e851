import { join } from 'node:path'
import { canaries } from '../broker/canary.js'
import type { Holdings } from '../broker/desired.js'
import { passwordFile } from '../broker/password.js'
import { BednetError } from '../error.js'
import { certificateFacts } from '../pki/certificate.js'
import { refuseEncrypted } from '../pki/key.js'
import { splitPem } from '../pki/pem.js'
import { revocationListFacts } from '../pki/revocation.js'
import { sha256 } from '../plan/generation.js'
import type { Content } from '../plan/resource.js'
import type { Broker, Fleet } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import { entryNamed, entryOf, hashesEntry } from '../vault/layout.js'
import type { VaultReader } from '../vault/vault.js'
import { clientTrust } from './authorities.js'
import { wholeHashes } from './batch-hashes.js'
import type { Due, DueKind } from './due.js'

/** What the vault has for a broker: texts, names of secrets with their digests, or why it has none. */
export async function holdingsOf(
  broker: Broker,
  { fleet, vault, due }: { fleet: Fleet; vault: VaultReader; due: readonly Due[] },
): Promise<Holdings> {
  const authority = await vault.read(entryOf.authority('ca.crt'))
  const why = (...kinds: readonly DueKind[]) =>
    due.find(
      ({ kind, name }) => kinds.includes(kind) && (kind !== 'broker' || name === broker.name),
    )?.because
  const { certificates, revocations } = await clientTrust(fleet, vault)
  const reissued = why('authority', 'broker')
  return {
    authoritySha256: authority && certificateFacts(authority).fingerprint,
    authority: textOf(certificates, why('authority')),
    revocationList: textOf(revocations, why('authority', 'revocation-list')),
    revocationListNumber: revocations === undefined ? undefined : numberOf(revocations),
    certificate: textOf(await vault.read(entryOf.broker(broker.name, 'broker.crt')), reissued),
    key: await sealedOf(vault, entryOf.broker(broker.name, 'broker.key'), reissued),
    passwords: await passwordsOf(fleet, vault, why('password')),
  }
}

/** The bytes behind the name of a sealed content, when a plan is carried out. */
export async function unsealed(
  name: string,
  { fleet, vault }: { fleet: Fleet; vault: VaultReader },
): Promise<Secret> {
  const content =
    name === passwordsName
      ? await passwordHashes(fleet, vault)
      : await vault.readSecret(entryNamed(name))
  if (content !== undefined) return content
  throw new BednetError('VAULT_DAMAGED', `the vault has no ${name} any more`, {
    at: vault.folder,
    hint: 'somebody took it out while the plan was carried out: run it again',
  })
}

/** The password file is no entry: it is put together from the hashes of users and canaries. */
export const passwordsName = 'passwords'

function pending(because: string): Content {
  return { kind: 'pending', because: `to be issued: ${because}` }
}

/** Of the latest of several lists, which share one count. */
function numberOf(lists: string): number | undefined {
  const numbers = splitPem('X509 CRL', lists).map(list => revocationListFacts(list).number ?? 0)
  return Math.max(...numbers) || undefined
}

function textOf(text: string | undefined, due: string | undefined): Content {
  if (text === undefined || due !== undefined) return pending(due ?? 'there is none yet')
  return { kind: 'text', text }
}

async function sealedOf(
  vault: VaultReader,
  name: `brokers/${string}/broker.key`,
  due: string | undefined,
): Promise<Content> {
  const secret = await vault.readSecret(name)
  if (secret === undefined || due !== undefined) return pending(due ?? 'there is none yet')
  // One that a person has put there; ours are never encrypted.
  refuseEncrypted(secret.reveal(), join(vault.folder, name))
  return { kind: 'sealed', name, sha256: sha256(secret.reveal()) }
}

async function passwordsOf(
  fleet: Fleet,
  vault: VaultReader,
  due: string | undefined,
): Promise<Content> {
  if (due !== undefined) return pending(due)
  const hashes = await passwordHashes(fleet, vault)
  if (hashes === undefined) return pending('there is none yet')
  return { kind: 'sealed', name: passwordsName, sha256: sha256(hashes.reveal()) }
}

async function passwordHashes(fleet: Fleet, vault: VaultReader): Promise<Secret | undefined> {
  const hashes = new Map<string, string>()
  const entries = [
    ...fleet.users.map(({ name }) => [name, entryOf.user(name, 'hash')] as const),
    ...canaries(fleet).map(({ name }) => [name, entryOf.canary(name, 'hash')] as const),
  ]
  for (const [name, entry] of entries) {
    const hash = await vault.readSecret(entry)
    if (hash === undefined) return undefined
    hashes.set(name, hash.reveal())
  }
  for (const [name, hash] of await deviceHashes(fleet, vault)) hashes.set(name, hash)
  return new Secret(passwordFile(hashes))
}

/** As they were made with their batches: whoever comes later changes none of them. */
async function deviceHashes(
  { devices }: Fleet,
  vault: VaultReader,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map(devices.map(({ name, passwordBatch }) => [name, passwordBatch]))
  const hashes = new Map<string, string>()
  for (const batch of new Set([...wanted.values()].filter(each => each !== undefined))) {
    for (const [name, hash] of await wholeHashes(vault, batch))
      if (wanted.get(name) === batch) hashes.set(name, hash)
  }
  const lost = devices.find(each => each.passwordBatch !== undefined && !hashes.has(each.name))
  if (lost?.passwordBatch !== undefined) throw damagedHashes(lost.passwordBatch, lost.name)
  return hashes
}

/** Without it the device would be shut out, and nobody would say so. */
function damagedHashes(batch: number, name: string): BednetError {
  return new BednetError('VAULT_DAMAGED', `${hashesEntry(batch)} has no whole hash of "${name}"`, {
    at: hashesEntry(batch),
    hint: 'restore it from a backup of the vault, or issue the device anew',
  })
}
