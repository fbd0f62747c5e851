import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { audit, type Audit } from '../../src/operations/audit.js'
import { authorityOpener } from '../../src/operations/authority.js'
import { signList } from '../../src/operations/issue-revocations.js'
import { createAuthority, type Authority } from '../../src/pki/authority.js'
import { issueCertificate } from '../../src/pki/issuance.js'
import { generateKey } from '../../src/pki/key.js'
import { serialNumber } from '../../src/pki/serial.js'
import { tarEntry, tarFiles } from '../../src/vault/tar.js'
import { scratchFolder } from '../vault/scratch.js'
import {
  issueListed,
  projectOf,
  recordingWorld,
  revocation,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'
import { inDays, today } from './today.js'

/** Two devices of the profile, of which one is revoked, and three in each of two batches. */
export const sound = await makeSound()

/** An authority that nobody here knows. */
export const stranger = await createAuthority({
  commonName: 'Nobody',
  site: 'elsewhere',
  generation: 1,
  algorithm: 'p256',
  notBefore: inDays(-1),
  notAfter: inDays(3000),
  serial: serialNumber(randomBytes(16)),
})

async function makeSound(): Promise<MemoryVault> {
  const vault = await stockedVault()
  await issueListed(vault, projectOf(), ['pump-1', 'pump-2', 'pump-3'])
  await issueListed(vault, projectOf(), ['pump-4', 'pump-5', 'pump-6'])
  const [serial = ''] = serialsOf(vault, 'esp32-2')
  await vault.append([{ ...revocation, name: 'esp32-2', serial }])
  await signAnew(vault)
  return vault
}

export async function ownAuthority(vault: MemoryVault): Promise<Authority> {
  const world = recordingWorld()
  return await authorityOpener({ fleet: projectOf().fleet, vault, world }, [])('ca')
}

/** The revocation list, with all that the ledger has revoked. */
export async function signAnew(vault: MemoryVault): Promise<void> {
  const input = { project: projectOf(), vault, world: recordingWorld() }
  await signList(input, await ownAuthority(vault), { id: 'ca', because: 'of this test' })
}

/** What is done to a sound vault. */
export interface Damage {
  readonly before?: (vault: MemoryVault) => unknown
  readonly after?: (folder: string) => void
}

export async function auditOf(
  { before, after }: Damage,
  { everySignature = true, now = today } = {},
): Promise<Audit & { readonly lines: readonly string[] }> {
  const vault = sound.copy()
  await before?.(vault)
  const folder = join(scratchFolder(), 'vault')
  await vault.save(folder)
  after?.(folder)
  const world = recordingWorld({ now: () => now })
  const found = await audit({ folder, world, everySignature })
  const here = (text: string) => text.replaceAll(`${folder}/`, '').replaceAll(folder, '.')
  const lines = found.findings.map(({ check, at, what }) => `${check} ${here(at)}: ${here(what)}`)
  return { ...found, lines }
}

export const file = (vault: MemoryVault, name: string): string => vault.files.get(name) ?? ''
/** Where the latest certificate of a name stands. */
export const lineOf = (name: string) =>
  `ledger.jsonl:${String(sound.lines.findLast(entry => entry.act === 'issued' && entry.name === name)?.seq)}`
/** The last one, or one after it. */
export const lastLine = (add = 0) => `ledger.jsonl:${String(sound.lines.length + add)}`

/** A batch with other files in it. */
export function rebatch(
  vault: MemoryVault,
  number: number,
  change: (files: Map<string, string>) => void,
): void {
  const tar = gunzipSync(vault.archives.get(number) ?? Buffer.alloc(0))
  const files = new Map([...tarFiles(tar)].map(({ name, content }) => [name, content.toString()]))
  change(files)
  const entries = [...files].map(([name, text]) => tarEntry(name, text))
  vault.archives.set(number, gzipSync(Buffer.concat(entries)))
}

export function swap(files: Map<string, string>, one: string, other: string): void {
  const text = files.get(one) ?? ''
  files.set(one, files.get(other) ?? '')
  files.set(other, text)
}

/** A certificate for a device by the authority that nobody knows. */
export async function strangeCertificate(name: string): Promise<string> {
  return await issueCertificate(stranger, {
    purpose: 'client',
    commonName: name,
    names: [],
    publicKey: await generateKey('p256'),
    notBefore: inDays(-1),
    notAfter: inDays(300),
    serial: serialNumber(randomBytes(16)),
  })
}
