import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Holdings } from '../../src/broker/desired.js'
import type { Due } from '../../src/operations/due.js'
import { holdingsOf, unsealed } from '../../src/operations/holdings.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { projectOf, stockedVault } from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'

const { fleet } = projectOf()
const [broker = fail()] = fleet.brokers
let stocked: MemoryVault
beforeAll(async () => {
  stocked = await stockedVault()
})

function fail(): never {
  throw new Error('a fleet of no broker')
}

type Part = 'authority' | 'revocationList' | 'certificate' | 'key' | 'passwords'

const because = 'of this test'

test('of a vault that has all: certificates as texts, secrets by name and digest', async () => {
  const holdings = await holdingsOf(broker, { fleet, vault: stocked, due: [] })
  const text = (name: string) => ({ kind: 'text', text: stocked.files.get(name) })
  const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown
  expect(holdings).toEqual({
    authoritySha256: certificateFacts(stocked.files.get('authority/ca.crt') ?? '').fingerprint,
    authority: text('authority/ca.crt'),
    revocationList: text('authority/crl.pem'),
    revocationListNumber: 1,
    certificate: text('brokers/hub/broker.crt'),
    key: { kind: 'sealed', name: 'brokers/hub/broker.key', sha256: digest },
    passwords: { kind: 'sealed', name: 'passwords', sha256: digest },
  })
})

test('of an empty vault all is still to be made', async () => {
  const holdings = await holdingsOf(broker, { fleet, vault: memoryVault(), due: [] })
  expect(holdings.authoritySha256).toBeUndefined()
  expect(pendingParts(holdings)).toEqual([
    'authority',
    'revocationList',
    'certificate',
    'key',
    'passwords',
  ])
})

describe('what is due is pending, with the reason', () => {
  test.each<[string, Due, readonly Part[]]>([
    [
      'an authority',
      { kind: 'authority', name: 'greenhouse CA', because },
      ['authority', 'revocationList', 'certificate', 'key'],
    ],
    ['this broker', { kind: 'broker', name: 'hub', because }, ['certificate', 'key']],
    ['another broker', { kind: 'broker', name: 'other', because }, []],
    ['a list', { kind: 'revocation-list', name: 'crl.pem', because }, ['revocationList']],
    ['a password', { kind: 'password', name: 'dashboard', because }, ['passwords']],
    ['a device', { kind: 'device', name: 'esp32-1', because }, []],
    ['a canary', { kind: 'canary', name: 'bednet-canary-peer', because }, []],
  ])('%s', async (_what, due, expected) => {
    const holdings = await holdingsOf(broker, { fleet, vault: stocked, due: [due] })
    expect(pendingParts(holdings)).toEqual(expected)
    for (const part of expected) {
      expect(holdings[part]).toEqual({ kind: 'pending', because: `to be issued: ${because}` })
    }
  })
})

describe('what is sealed', () => {
  test.each(['key', 'passwords'] as const)(
    'the %s has the digest of what is unsealed',
    async part => {
      const content = (await holdingsOf(broker, { fleet, vault: stocked, due: [] }))[part]
      if (content.kind !== 'sealed') throw new Error('it is not sealed')
      const secret = await unsealed(content.name, { fleet, vault: stocked })
      expect(createHash('sha256').update(secret.reveal()).digest('hex')).toBe(content.sha256)
    },
  )

  test('the password file has a line for each user and canary, sorted', async () => {
    const text = (await unsealed('passwords', { fleet, vault: stocked })).reveal()
    expect(text.replaceAll(/\$7\$\d+\$[\w+/=]+\$[\w+/=]+\n/g, '')).toBe(
      [
        'bednet-canary-expired:',
        'bednet-canary-not-yet-valid:',
        'bednet-canary-peer:',
        'bednet-canary-revoked:',
        'bednet-canary-sensor:',
        'bednet-canary-viewer:',
        'dashboard:',
      ].join(''),
    )
  })

  test.each([
    ['brokers/hub/broker.key', /broker.key/, 'VAULT_DAMAGED'],
    ['passwords', /dashboard\/hash/, 'VAULT_DAMAGED'],
    ['../../etc/shadow', /nothing$/, 'USAGE'],
  ])('%s that is gone is said', async (name, lost, code) => {
    const vault = stocked.copy()
    for (const entry of stocked.files.keys()) if (lost.test(entry)) vault.files.delete(entry)
    await expect(unsealed(name, { fleet, vault })).rejects.toMatchObject({ code })
  })

  test('a key that a person has encrypted is refused, for a broker could not start with it', async () => {
    const vault = stocked.copy()
    const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\n'
    vault.files.set('brokers/hub/broker.key', encrypted)
    await expect(holdingsOf(broker, { fleet, vault, due: [] })).rejects.toMatchObject({
      code: 'KEY_UNREADABLE',
      at: `${vault.folder}/brokers/hub/broker.key`,
    })
  })
})

test('no secret is in them', async () => {
  const holdings = JSON.stringify(await holdingsOf(broker, { fleet, vault: stocked, due: [] }))
  const secrets = [...stocked.files]
    .filter(([name]) => /key$|passphrase$|password$|hash$/.test(name))
    .map(([, text]) => text.split('\n')[1] ?? text)
  expect(secrets.length).toBeGreaterThan(20)
  expect(secrets.filter(secret => holdings.includes(secret))).toEqual([])
  // The control: what may be shown is found in the same way.
  const shown = stocked.files.get('brokers/hub/broker.crt')?.split('\n')[1] ?? ''
  expect(holdings).toContain(shown)
})

function pendingParts(holdings: Holdings): readonly string[] {
  return Object.entries(holdings).flatMap(([part, content]: [string, unknown]) =>
    typeof content === 'object' && content !== null && Reflect.get(content, 'kind') === 'pending'
      ? [part]
      : [],
  )
}
