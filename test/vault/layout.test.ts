import { describe, expect, test } from 'vitest'
import { entryNamed, entryOf } from '../../src/vault/layout.js'

const entries = [
  [entryOf.authority('ca.crt'), 'authority/ca.crt'],
  [entryOf.authority('ca.key'), 'authority/ca.key'],
  [entryOf.authority('passphrase'), 'authority/passphrase'],
  [entryOf.authority('crl.pem'), 'authority/crl.pem'],
  [entryOf.broker('hub', 'broker.crt'), 'brokers/hub/broker.crt'],
  [entryOf.broker('hub', 'broker.key'), 'brokers/hub/broker.key'],
  [entryOf.device('esp32-001', 'ca.crt'), 'devices/esp32-001/ca.crt'],
  [entryOf.device('esp32-001', 'client.crt'), 'devices/esp32-001/client.crt'],
  [entryOf.device('esp32-001', 'client.key'), 'devices/esp32-001/client.key'],
  [entryOf.device('esp32-001', 'client-key.der'), 'devices/esp32-001/client-key.der'],
  [entryOf.device('esp32-001', 'client-legacy.p12'), 'devices/esp32-001/client-legacy.p12'],
  [entryOf.device('esp32-001', 'truststore.p12'), 'devices/esp32-001/truststore.p12'],
  [entryOf.device('esp32-001', 'README.md'), 'devices/esp32-001/README.md'],
  [
    entryOf.canary('bednet-canary-sensor', 'client.crt'),
    'canaries/bednet-canary-sensor/client.crt',
  ],
  [
    entryOf.canary('bednet-canary-sensor', 'client.key'),
    'canaries/bednet-canary-sensor/client.key',
  ],
  [entryOf.canary('bednet-canary-sensor', 'password'), 'canaries/bednet-canary-sensor/password'],
  [entryOf.user('mqtt', 'password'), 'users/mqtt/password'],
  [entryOf.user('mqtt', 'hash'), 'users/mqtt/hash'],
] as const

test.each(entries)('%s is where a person looks for it, and is known by that name', (made, path) => {
  expect(made).toBe(path)
  expect(entryNamed(path)).toBe(path)
})

const escapes = [
  '',
  '.',
  '..',
  '../x',
  'a/b',
  '/etc',
  'a\\b/c',
  '-rf',
  '.hidden',
  'a\0b',
  'a\nb',
  'ä',
  'x'.repeat(65),
]

describe.each(escapes)('the name %j', name => {
  test.each([
    () => entryOf.broker(name, 'broker.key'),
    () => entryOf.device(name, 'client.key'),
    () => entryOf.canary(name, 'password'),
    () => entryOf.user(name, 'hash'),
  ])('is refused, with the value (%#)', make => {
    expect(make).toThrow(JSON.stringify(name))
  })

  test('is refused inside an entry from outside', () => {
    expect(() => entryNamed(`devices/${name}/client.key`)).toThrow('has no entry')
  })
})

test.each([
  'lock',
  'ledger.jsonl',
  '.gitignore',
  'authority',
  'authority/x/ca.key',
  'authority/ca.key/',
  'devices/client.key',
  'devices/a/broker.key',
  'devices/a/b/client.key',
  'toString/a/client.key',
  '../SITE/authority/ca.key',
  '/authority/ca.key',
])('%j is no entry', path => {
  expect(() => entryNamed(path)).toThrow(`a vault has no entry "${path}"`)
})
