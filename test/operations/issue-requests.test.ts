import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { audit } from '../../src/operations/audit.js'
import { awaited, makeable } from '../../src/operations/due.js'
import { withInventory } from '../../src/operations/inventory.js'
import { issueDue } from '../../src/operations/issue.js'
import { issueRequests } from '../../src/operations/issue-requests.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { readSigningRequest } from '../../src/pki/request.js'
import { readVault, withVault } from '../../src/vault/vault.js'
import { recordedRequest } from '../pki/requests.js'
import {
  dueIn,
  issueListed,
  lines,
  profile,
  projectOf,
  recordingWorld,
  revocation,
  stockedVault,
} from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'
import { inDays } from './today.js'

let stocked: MemoryVault
beforeAll(async () => {
  stocked = await stockedVault()
})

let project: ReturnType<typeof projectOf>
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-requests-'))
  project = projectOf(profile, folder)
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
})

interface Asking {
  readonly names: readonly string[]
  readonly vault?: MemoryVault
  /** Of the profile. */
  readonly text?: string
  readonly reuseNames?: boolean
  readonly outlet?: Parameters<typeof issueRequests>[0]['outlet']
}

/** Requests, by the names of their records, to a vault on disk. */
async function ask({ names, vault, text = profile, reuseNames = false, outlet }: Asking) {
  if (vault !== undefined || !existsSync(project.vault))
    await (vault ?? stocked.copy()).save(project.vault)
  const edited = { ...project, fleet: projectOf(text).fleet }
  return await issueRequests({
    project: await withInventory({ ...edited, vault: project.vault }),
    world: recordingWorld(),
    requests: names.map(name => ({ at: `${name}.csr`, der: recordedRequest(name) })),
    outlet,
    reuseNames,
  })
}

const dueLater = async (days: number) =>
  await dueIn({
    project,
    vault: readVault(project.vault),
    world: recordingWorld({ now: () => inDays(days) }),
  })

const device = (file: string) => join(project.vault, 'devices/esp32-1', file)

test('what asks for more gets what every device gets, for its own key', async () => {
  const [report] = await ask({ names: ['names'] })
  const { certificate = '', ...rest } = report ?? {}
  expect(rest).toMatchObject({
    name: 'esp32-1',
    status: 'issued',
    besides: ['O', 'OU', 'subjectAltName', 'extKeyUsage'],
  })
  const issued = new X509Certificate(certificate)
  const { publicKey } = await readSigningRequest(recordedRequest('names'))
  expect(issued.publicKey.equals(publicKey)).toBe(true)
  const bednets = stocked.files.get('devices/esp32-1/client.crt') ?? ''
  expect(shape(certificate)).toEqual(shape(bednets))
})

/** All that two certificates of one kind have in common. */
function shape(pem: string) {
  const { subject, issuer, names, isAuthority, algorithm } = certificateFacts(pem)
  const { keyUsage } = new X509Certificate(pem)
  return { subject, issuer, names, isAuthority, algorithm, keyUsage }
}

test('the vault has the certificate and no key, and is sound', async () => {
  await ask({ names: ['plain'] })
  expect(readdirSync(device('')).sort()).toEqual(['README.md', 'ca.crt', 'client.crt'])
  const world = recordingWorld()
  const { findings } = await audit({ folder: project.vault, world, everySignature: true })
  expect(findings).toEqual([])
  const { entries } = await readVault(project.vault).ledger()
  const { publicKey, keySha256 } = await readSigningRequest(recordedRequest('plain'))
  expect(createPublicKey(readFileSync(device('client.crt'))).equals(publicKey)).toBe(true)
  expect(entries.at(-1)).toMatchObject({
    name: 'esp32-1',
    because: 'a signing request: its key was made by bednet until now',
    request: keySha256,
  })
})

test('the same request again gets the same certificate, and no second one is made', async () => {
  const [first] = await ask({ names: ['plain'] })
  const before = readFileSync(join(project.vault, 'ledger.jsonl'), 'utf8')
  const [second] = await ask({ names: ['plain'] })
  expect(second).toMatchObject({ status: 'kept', certificate: first?.certificate })
  expect(readFileSync(join(project.vault, 'ledger.jsonl'), 'utf8')).toBe(before)
  const [other] = await ask({ names: ['ed25519'] })
  expect(other).toMatchObject({ status: 'issued', because: 'the device has another key now' })
})

test('it is handed out without a key', async () => {
  const outlet = { kind: 'folders', folder: join(project.vault, '../out') } as const
  await ask({ names: ['plain'], outlet })
  expect(readdirSync(join(outlet.folder, 'esp32-1')).sort()).toEqual(['ca.crt', 'client.crt'])
})

describe('its renewal', () => {
  test('waits for a request, and is nothing that bednet would make', async () => {
    await ask({ names: ['plain'] })
    expect(lines(makeable(await dueLater(0)))).toEqual([])
    expect(lines(awaited(await dueLater(0)))).toEqual([])
    const due = await dueLater(300)
    expect(lines(awaited(due))).toEqual(['request esp32-1: expires in 65 days'])
    expect(lines(makeable(due))).not.toContain('device esp32-1: expires in 65 days')
    expect(lines(makeable(due))).toContain('device esp32-2: expires in 65 days')
  })

  test('bednet asked to make all that is due leaves it alone', async () => {
    await ask({ names: ['plain'] })
    const certificate = readFileSync(device('client.crt'), 'utf8')
    const world = recordingWorld({ now: () => inDays(300) })
    const due = await dueLater(300)
    await withVault(project.vault, { verb: 'up', world }, async vault => {
      await issueDue({ project, vault, world }, awaited(due))
    })
    expect(readFileSync(device('client.crt'), 'utf8')).toBe(certificate)
    expect(existsSync(device('client.key'))).toBe(false)
  })

  test('so does one that the vault has lost', async () => {
    await ask({ names: ['plain'] })
    rmSync(device('client.crt'))
    expect(lines(await dueLater(0))).toEqual([
      'request esp32-1: its credential is not in the vault',
    ])
    const [again] = await ask({ names: ['plain'] })
    expect(again).toMatchObject({ because: 'its credential is not in the vault' })
    expect(await dueLater(0)).toEqual([])
  })

  test('a key that is better than what is asked stays right', async () => {
    await ask({ names: ['p384'] })
    expect(await dueLater(0)).toEqual([])
  })
})

test('of a device of the inventory, role and labels stay', async () => {
  const text = profile.replace('esp32-{1..2}', 'esp32-2')
  const listed = projectOf(text)
  const vault = await stockedVault(listed)
  await issueListed(vault, listed, ['esp32-1'])
  const [report] = await ask({ names: ['plain'], vault, text })
  expect(report).toMatchObject({ status: 'issued' })
  const { entries } = await readVault(project.vault).ledger()
  const entry = entries.at(-1)
  expect(entry).toMatchObject({ role: 'sensor', key: 'p256', labels: { place: 'hall 0' } })
  expect(entry).not.toHaveProperty('batch')
})

describe('a request is refused', () => {
  const without = (name: string) => profile.replace('esp32-{1..2}', name)
  const ofUser = without('esp32-2').replace('dashboard: {', 'esp32-1: {')
  test.each<[string, Asking, RegExp]>([
    ['of no device', { names: ['plain'], text: without('ESP32-01') }, /is no device .*ESP32-01/],
    ['of a user', { names: ['plain'], text: ofUser }, /is the name of a user.*speak for it/],
    ['with a weak key', { names: ['rsa2048'] }, /weaker than the p256 .*"key: rsa2048"/],
    ['that was changed', { names: ['renamed'] }, /is not that of its own key.*anew/],
  ])('%s', async (_name, asking, why) => {
    const [report] = await ask(asking)
    expect(report).toMatchObject({ status: 'refused' })
    expect(`${String(report?.because)}; ${String(report?.hint)}`).toMatch(why)
    expect(report).not.toHaveProperty('certificate')
  })

  test('of a name that was revoked, unless that is said', async () => {
    const vault = stocked.copy()
    const { serial = '' } = vault.lines.find(
      line => line.act === 'issued' && line.name === 'esp32-1',
    ) as { serial?: string }
    await vault.append([{ ...revocation, name: 'esp32-1', serial }])
    const [refused] = await ask({ names: ['plain'], vault })
    expect(refused?.because).toBe('the name "esp32-1" was revoked before')
    const [issued] = await ask({ names: ['plain'], reuseNames: true })
    expect(issued?.status).toBe('issued')
    const { entries } = await readVault(project.vault).ledger()
    const latest = entries.at(-1) as { serial?: string }
    await withVault(project.vault, { verb: 'issue', world: recordingWorld() }, async open => {
      await open.append([{ ...revocation, name: 'esp32-1', serial: latest.serial ?? '' }])
    })
    const [stolen] = await ask({ names: ['plain'], reuseNames: true })
    expect(stolen?.because).toBe('its key was revoked as compromised')
  })

  test('of two with one name both times but the first, and the others go on', async () => {
    const reports = await ask({ names: ['tampered', 'plain', 'ed25519'] })
    expect(reports.map(({ status }) => status)).toEqual(['refused', 'issued', 'refused'])
    expect(reports[2]?.because).toBe('plain.csr has the same name')
  })
})
