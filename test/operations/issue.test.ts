import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { issueDue } from '../../src/operations/issue.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { readPrivateKey } from '../../src/pki/key.js'
import { revocationListFacts } from '../../src/pki/revocation.js'
import { Secret } from '../../src/secret.js'
import type { Vault } from '../../src/vault/vault.js'
import {
  dueIn,
  issueAll,
  plantAuthority,
  plantedPassword,
  profile,
  projectOf,
  recordingWorld,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'
import { inDays } from './today.js'
import { watched } from './watched-vault.js'

describe('what is written, in what order', () => {
  let deeds: readonly string[]
  let vault: MemoryVault
  beforeAll(async () => {
    vault = memoryVault()
    await plantAuthority(vault, projectOf())
    deeds = await deedsOf(vault, async watched => {
      await issueAll(projectOf(), watched)
    })
  })

  test('a certificate is on record before it is on disk', () => {
    const first = deeds.indexOf('append')
    const files = deeds.filter(deed => / .*\.(crt|key)$/.test(deed))
    expect(files.length).toBeGreaterThan(25)
    expect(Math.min(...files.map(deed => deeds.indexOf(deed)))).toBeGreaterThan(first)
  })

  test.each([
    ['broker', ['remove brokers/hub/broker.crt', 'write brokers/hub/broker.key']],
    [
      'device',
      [
        'remove devices/esp32-1/client.crt',
        'write devices/esp32-1/client.key',
        'write devices/esp32-1/ca.crt',
      ],
    ],
    [
      'canary',
      [
        'remove canaries/bednet-canary-peer/client.crt',
        'write canaries/bednet-canary-peer/client.key',
      ],
    ],
  ])('of a %s the certificate goes first and comes last', (_kind, before) => {
    const [remove = ''] = before
    const own = deeds.slice(deeds.indexOf(remove), deeds.indexOf(remove) + before.length + 1)
    expect(own).toEqual([...before, remove.replace('remove', 'write')])
  })

  test('the list of the revoked is on record before it is on disk, and after the revocation', () => {
    const list = deeds.indexOf('write authority/crl.pem')
    expect(deeds.slice(list - 3, list)).toEqual([expect.any(String), 'append', 'append'])
    const acts = vault.lines.slice(-2).map(({ act }) => act)
    expect(acts).toEqual(['revoked', 'crl'])
  })

  test('only the canary made for it is revoked', () => {
    const list = revocationListFacts(vault.files.get('authority/crl.pem') ?? '')
    const serials = serialsOf(vault, 'bednet-canary-revoked').map(each => each.toUpperCase())
    expect(list.serials).toEqual(serials)
    expect(list.nextUpdate).toEqual(inDays(3650))
  })
})

describe('what is issued', () => {
  const encrypted = profile.replace('role: sensor }\n', 'role: sensor, passphrase: generated }\n')
  const text = encrypted.replace('{1..2}', '{1..1}')
  let vault: MemoryVault
  beforeAll(async () => {
    vault = await stockedVault(projectOf(text))
  })
  const pem = (name: string) => vault.files.get(name) ?? ''

  test('the key of a broker is in clear, for nobody is there to type a passphrase', () => {
    expect(pem('brokers/hub/broker.key')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
  })

  test('the key of a device is encrypted with the passphrase that is kept beside it', () => {
    const key = pem('devices/esp32-1/client.key')
    expect(key).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
    const passphrase = new Secret(pem('devices/esp32-1/passphrase'))
    const certificate = new X509Certificate(pem('devices/esp32-1/client.crt'))
    expect(certificate.checkPrivateKey(readPrivateKey(key, passphrase))).toBe(true)
  })

  test.each([
    ['brokers/hub/broker.crt', -1, 90],
    ['devices/esp32-1/client.crt', -1, 365],
    ['canaries/bednet-canary-sensor/client.crt', -1, 3650],
    ['canaries/bednet-canary-revoked/client.crt', -1, 3650],
    ['canaries/bednet-canary-expired/client.crt', -1, -0.5],
    ['canaries/bednet-canary-not-yet-valid/client.crt', 3649.5, 3650],
  ])('%s is good from day %d to day %d', (name, from, to) => {
    const { notBefore, notAfter } = certificateFacts(pem(name))
    expect([notBefore, notAfter]).toEqual([inDays(from), inDays(to)])
  })

  test('the ledger says why', () => {
    const reasons = vault.lines.map(({ because }) => because)
    expect(new Set(reasons)).toEqual(
      new Set([
        'planted by a test',
        'there is none yet',
        'proves that a revoked certificate is refused',
      ]),
    )
  })

  test('a password that a person chose is hashed with many rounds, a drawn one with few', () => {
    expect(pem('users/dashboard/hash')).toMatch(/^\$7\$10000\$/)
    expect(pem('canaries/bednet-canary-peer/hash')).toMatch(/^\$7\$101\$/)
    expect([...vault.files.values()].join()).not.toContain(plantedPassword)
  })

  test('a secret that is missing stops it before anything is made', async () => {
    const empty = memoryVault()
    const world = recordingWorld({ environment: {} })
    const input = { project: projectOf(), vault: empty, world }
    await expect(issueDue(input, await dueIn(input))).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: 'the password of user "dashboard" is missing: $DASHBOARD_PASSWORD is not set',
    })
    expect(empty.files.size).toBe(0)
    expect(empty.lines).toEqual([])
  })
})

async function deedsOf(vault: Vault, work: (vault: Vault) => Promise<void>) {
  const deeds: string[] = []
  await work(watched(vault, deed => deeds.push(deed)))
  return deeds
}
