import type { Device } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'
import { indexLedger, type Issued } from '../vault/ledger.js'
import { tarFiles } from '../vault/tar.js'
import type { Vault } from '../vault/vault.js'
import { addTo, credentialsOf, type Places } from './credentials.js'
import {
  allDeviceFiles,
  deviceFiles,
  entryOfFile,
  makeDeviceFiles,
  type Credential,
  type MadeFile,
} from './device-files.js'
import { missingFiles, presentFiles } from './due-files.js'
import type { Due } from './due.js'
import type { IssueInput, NewCredential } from './issuance.js'
import { isBatched } from './inventory.js'
import type { Project } from './load.js'

/** Makes the files that devices lack, of the keys and certificates that the vault has. */
export async function makeMissingFiles(
  { project, vault, world }: IssueInput,
  due: readonly Due[],
  passphrases: ReadonlyMap<string, Secret>,
): Promise<void> {
  const names = new Set(due.filter(({ kind }) => kind === 'files').map(({ name }) => name))
  const devices = project.fleet.devices.filter(({ name }) => names.has(name))
  if (devices.length === 0) return
  const { held } = indexLedger((await vault.ledger()).entries)
  for (const [index, device] of devices.entries()) {
    await unpackBatched(vault, held('device', device.name))
    const credential = await credentialOf(vault, device, passphrases.get(device.name))
    if (credential === undefined) continue
    const missing = await missingFiles(device, vault)
    await writeFiles(vault, device, await makeDeviceFiles(device, missing, credential))
    world.report({
      kind: 'files-made',
      message: 'making files of devices',
      progress: { done: index + 1, total: devices.length },
    })
  }
}

interface Keeper {
  readonly vault: Vault
  /** Whom a device believes, in PEM. */
  readonly trusted: string
  readonly passphrases: ReadonlyMap<string, Secret>
}

/**
 * Puts the files of a new certificate in place, before that itself; those of the old one that are no longer
 * wanted go. Killed in between, the device is without a certificate, and gets another.
 */
export function fileKeeper(
  { fleet }: Project,
  { vault, trusted, passphrases }: Keeper,
): (made: NewCredential) => Promise<void> {
  const devices = new Map(fleet.devices.map(device => [device.name, device]))
  return async ({ kind, name, certificate, key }) => {
    const device = kind === 'device' ? devices.get(name) : undefined
    if (device === undefined) return
    const wanted = deviceFiles(device)
    const passphrase = passphrases.get(name)
    const credential = { certificate, authority: trusted, key, passphrase }
    const made = await makeDeviceFiles(device, wanted, credential)
    const unwanted = allDeviceFiles.filter(file => !wanted.includes(file))
    const old = await presentFiles(vault, name, unwanted)
    if (made.length + old.length === 0) return
    await vault.remove(entryOf.device(name, 'client.crt'))
    for (const file of old) await vault.remove(entryOfFile(name, file))
    await writeFiles(vault, device, made)
  }
}

async function writeFiles(
  vault: Vault,
  { name }: Device,
  made: readonly MadeFile[],
): Promise<void> {
  for (const { file, content } of made) {
    if (file === 'client-key.der' || file === 'client.p12' || file === 'client-legacy.p12')
      await vault.writeSecret(entryOf.device(name, file), new Secret(content))
    else await vault.write(entryOf.device(name, file), content)
  }
}

async function credentialOf(
  vault: Vault,
  { name }: Device,
  passphrase: Secret | undefined,
): Promise<Credential | undefined> {
  const certificate = await vault.read(entryOf.device(name, 'client.crt'))
  const authority = await vault.read(entryOf.device(name, 'ca.crt'))
  const key = await vault.readSecret(entryOf.device(name, 'client.key'))
  if (certificate === undefined || authority === undefined || key === undefined) return undefined
  return { certificate, authority, key, passphrase }
}

/** What lies in a batch gets a folder of its own first, as it does where it is asked for by name. */
async function unpackBatched(vault: Vault, entry: Issued | undefined): Promise<void> {
  if (!isBatched(entry)) return
  const { name } = entry
  const places: Places = new Map()
  addTo(places, entry)
  for await (const { tar } of credentialsOf(vault, places, () => undefined)) {
    const texts = new Map(
      [...tarFiles(tar())].map(file => [file.name, file.content.toString()] as const),
    )
    const text = (file: string) => texts.get(`${name}/${file}`) ?? ''
    const certificate = entryOf.device(name, 'client.crt')
    await vault.remove(certificate)
    await vault.writeSecret(entryOf.device(name, 'client.key'), new Secret(text('client.key')))
    await vault.write(entryOf.device(name, 'ca.crt'), text('ca.crt'))
    await vault.write(certificate, text('client.crt'))
  }
}
