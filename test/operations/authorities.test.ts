import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../src/operations/audit.js'
import { holdingsOf } from '../../src/operations/holdings.js'
import type { Project } from '../../src/operations/load.js'
import { splitPem } from '../../src/pki/pem.js'
import { revocationListFacts } from '../../src/pki/revocation.js'
import { scratchFolder } from '../vault/scratch.js'
import {
  dueIn,
  issueAll,
  issueListed,
  lines,
  profile,
  projectOf,
  recordingWorld,
  revocation,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'
import { today } from './today.js'

const withAuthority = (words: string, text = profile) =>
  projectOf(text.replace('generated }', `generated, ${words} }`))
const issuing = withAuthority('issuing: {}')
const apart = withAuthority('devices: {}')

/** Encrypting a key takes a good part of a second, so each is made once. */
let vaults: Readonly<Record<'issuing' | 'apart', MemoryVault>>
beforeAll(async () => {
  vaults = { issuing: memoryVault(), apart: memoryVault() }
  await issueAll(issuing, vaults.issuing)
  await issueAll(apart, vaults.apart)
})

describe('a root and an issuing authority', () => {
  test('the root signs the other one, and that signs the rest', () => {
    const { files, lines: ledger } = vaults.issuing
    const [root, below] = [pem(files, 'authority/ca.crt'), pem(files, 'authority/issuing.crt')]
    expect(isSigned(below, root)).toBe(true)
    for (const entry of ['brokers/hub/broker.crt', 'devices/esp32-1/client.crt']) {
      const chain = splitPem('CERTIFICATE', pem(files, entry))
      expect(chain).toHaveLength(2)
      expect([isSigned(chain[0] ?? '', below), chain[1]]).toEqual([true, below])
    }
    expect(pem(files, 'devices/esp32-1/ca.crt')).toBe(root)
    expect(ledger.slice(0, 2)).toMatchObject([
      { kind: 'authority', name: 'greenhouse CA' },
      { kind: 'authority', name: 'greenhouse issuing CA', id: 'issuing' },
    ])
  })

  test('nothing is due then, and the audit finds nothing', async () => {
    const vault = vaults.issuing
    expect(await dueIn({ project: issuing, vault })).toEqual([])
    expect(await findings(vault)).toEqual([])
  })

  test('a broker knows both, and a list of each', async () => {
    const { certificates, lists } = await heldBy(issuing, vaults.issuing)
    const files = vaults.issuing.files
    expect(certificates).toEqual([
      pem(files, 'authority/issuing.crt'),
      pem(files, 'authority/ca.crt'),
    ])
    expect(lists.map(list => revocationListFacts(list).serials.length)).toEqual([1, 0])
  })

  test('the key of the root can be put away: all goes on but what it has to sign itself', async () => {
    const vault = vaults.issuing.copy()
    vault.files.delete('authority/ca.key')
    vault.files.delete('authority/passphrase')
    const project = withAuthority('issuing: {}', profile.replace('{1..2}', '{1..3}'))
    await issueListed(vault, project, ['pump-1', 'pump-2'])
    const [serial = ''] = serialsOf(vault, 'esp32-1')
    await vault.append([{ ...revocation, name: 'esp32-1', serial }])
    const question = { project, vault, reuseNames: true }
    expect(lines(await dueIn(question))).toContain(
      'revocation-list issuing.crl.pem: lacks 1 that are revoked',
    )
    await issueAll({ ...project, fleet: without(project, 'esp32-1') }, vault)
    expect(await findings(vault)).toEqual([])
    vault.files.delete('authority/crl.pem')
    await expect(
      issueAll({ ...project, fleet: without(project, 'esp32-1') }, vault),
    ).rejects.toMatchObject({
      code: 'VAULT_DAMAGED',
      message: expect.stringContaining('the key of the authority "greenhouse CA"') as unknown,
      hint: expect.stringContaining('put authority/ca.key back') as unknown,
    })
  })
})

describe('an authority for devices alone', () => {
  test('signs them and canaries, and the other one brokers', () => {
    const { files } = vaults.apart
    const [ofBrokers, ofDevices] = [
      pem(files, 'authority/ca.crt'),
      pem(files, 'authority/devices.crt'),
    ]
    expect(isSigned(pem(files, 'brokers/hub/broker.crt'), ofBrokers)).toBe(true)
    expect(isSigned(pem(files, 'devices/esp32-1/client.crt'), ofDevices)).toBe(true)
    expect(isSigned(pem(files, 'canaries/bednet-canary-sensor/client.crt'), ofDevices)).toBe(true)
    expect(pem(files, 'devices/esp32-1/ca.crt')).toBe(ofBrokers)
  })

  test('a broker believes no client of the other one', async () => {
    const { certificates, lists } = await heldBy(apart, vaults.apart)
    expect(certificates).toEqual([pem(vaults.apart.files, 'authority/devices.crt')])
    expect(lists.map(list => revocationListFacts(list).serials.length)).toEqual([1])
    expect(await dueIn({ project: apart, vault: vaults.apart })).toEqual([])
    expect(await findings(vaults.apart)).toEqual([])
  })
})

describe('an authority that comes or goes when others are made is refused', () => {
  test.each([
    ['an issuing one', issuing, 'was made to sign leaves, and no issuing authority'],
    ['one for devices', apart, 'came after devices were issued by the other one'],
  ])('%s', async (_what, project, message) => {
    const due = dueIn({ project, vault: await stockedVault() })
    await expect(due).rejects.toThrow(message)
    await expect(due).rejects.toMatchObject({ code: 'AUTHORITY_CHANGED' })
  })

  test.each(['issuing', 'apart'] as const)('%s that is gone', async which => {
    const due = dueIn({ project: projectOf(), vault: vaults[which] })
    await expect(due).rejects.toThrow('was made, and left the profile')
  })
})

function pem(files: ReadonlyMap<string, string>, entry: string): string {
  return files.get(entry) ?? ''
}

function isSigned(certificate: string, authority: string): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey)
}

function without({ fleet }: Project, name: string): Project['fleet'] {
  return { ...fleet, devices: fleet.devices.filter(device => device.name !== name) }
}

async function heldBy({ fleet }: Project, vault: MemoryVault) {
  const [broker] = fleet.brokers
  if (broker === undefined) throw new Error('no broker')
  const { authority, revocationList } = await holdingsOf(broker, { fleet, vault, due: [] })
  const text = (content: typeof authority) => (content.kind === 'text' ? content.text : '')
  return {
    certificates: splitPem('CERTIFICATE', text(authority)),
    lists: splitPem('X509 CRL', text(revocationList)),
  }
}

async function findings(vault: MemoryVault) {
  const folder = join(scratchFolder(), 'vault')
  await vault.save(folder)
  const world = recordingWorld({ now: () => today })
  return (await audit({ folder, world, everySignature: true })).findings
}
