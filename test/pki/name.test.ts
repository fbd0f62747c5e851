import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressOf, canonicalName, refuseBadPart } from '../../src/pki/name.js'

test.each([
  ['MQTT.Example.ORG', 'mqtt.example.org'],
  ['*.example.org', '*.example.org'],
  ['hub_1.local', 'hub_1.local'],
  ['localhost', 'localhost'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['192.0.2.10', '192.0.2.10'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['::', '::'],
])('%s is spelled %s', (name, expected) => {
  expect(canonicalName(name)).toBe(expected)
  expect(canonicalName(expected)).toBe(expected)
})

test.each([
  '',
  'a..b',
  '-hub.local',
  'hub.local.',
  'bücher.example',
  'a b',
  'mqtt://hub',
  'hub:8883',
  '*',
  'a.*.org',
  'fe80::1%eth0',
  '192.0.2.300',
  '192.0.2.0/24',
  'line\nbreak',
  'a'.repeat(64),
  `${'a.'.repeat(127)}org`,
])('the name "%s" is refused with its value', name => {
  expect(() => canonicalName(name)).toThrow(`"${name}" is neither a DNS name nor an IP address`)
})

test('every address is spelled so that its spelling is its own', () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  fc.assert(
    fc.property(address, bytes => {
      const name = addressOf(Buffer.from(bytes))
      expect(canonicalName(String(name))).toBe(name)
    }),
  )
})

test('what has neither 4 nor 16 bytes is no address', () => {
  expect(addressOf(Buffer.alloc(8))).toBeUndefined()
})

test.each(['', 'a\nb', 'a\0', '\u007f', 'x'.repeat(65)])(
  '%j cannot stand in a certificate',
  value => {
    expect(() => {
      refuseBadPart('the site', value)
    }).toThrow(`the site ${JSON.stringify(value)} cannot stand in a certificate`)
  },
)

test.each(['x'.repeat(64), 'Zoë, "CA" + #1', '#04024869'])('%j can', value => {
  refuseBadPart('the site', value)
})
