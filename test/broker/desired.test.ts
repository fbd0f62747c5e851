import { describe, expect, test } from 'vitest'
import { desired, packagesFor, type Holdings } from '../../src/broker/desired.js'
import type { Machine } from '../../src/plan/machine.js'
import type { Content } from '../../src/plan/resource.js'
import type { Broker, Fleet } from '../../src/profile/fleet.js'
import { article, quickstart, singleListener, sketch } from '../operations/verify-fleets.js'
import { brokerOf, listener, templates } from './small.js'

const authority = 'c0ffee'.padEnd(64, '0')
const pem = (what: string): Content => ({ kind: 'text', text: `${what}\n` })
const sealed = (name: string): Content => ({ kind: 'sealed', name, sha256: 'f00d'.padEnd(64, '0') })
const pending: Content = { kind: 'pending', because: 'to be issued: there is none yet' }

const held: Holdings = {
  authoritySha256: authority,
  authority: pem('authority'),
  revocationList: pem('revocation list'),
  certificate: pem('certificate'),
  key: sealed('brokers/hub/broker.key'),
  passwords: sealed('passwords'),
}
const nothingHeld: Holdings = {
  authoritySha256: undefined,
  authority: pending,
  revocationList: pending,
  certificate: pending,
  key: pending,
  passwords: pending,
}

const sandboxed = (fleet: Fleet): Fleet => ({
  ...fleet,
  brokers: fleet.brokers.map(broker => ({ ...broker, host: { kind: 'sandbox' } })),
})

test.each<{ name: string; fleet: Fleet; holdings?: Holdings }>([
  { name: 'quickstart', fleet: quickstart },
  { name: 'quickstart-sandbox', fleet: sandboxed(quickstart) },
  { name: 'quickstart-unissued', fleet: quickstart, holdings: nothingHeld },
  { name: 'article', fleet: article },
  { name: 'sketch', fleet: { ...sketch, enableFirewall: false } },
])('all that a host should have: $name', async ({ name, fleet, holdings = held }) => {
  const text = `${JSON.stringify(wanted(fleet, '2.0.11', holdings), undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot(`../golden/broker/desired-${name}.json`)
})

describe.each([
  ['2.0.11', 'restart'],
  ['2.0.22', 'restart'],
  ['2.1.2', 'reload'],
])('on Mosquitto %s', (version, websockets) => {
  test(`a certificate that WebSockets use takes a ${websockets}`, () => {
    const { files } = wanted(quickstart, version)
    const loadedBy = Object.fromEntries(files.map(file => [file.name, file.loadedBy]))
    expect(loadedBy).toMatchObject({ 'broker.crt': websockets, 'broker.key': websockets })
    // Revoking a device must not end the sessions of all the others.
    expect(loadedBy).toMatchObject({ 'ca.crt': 'reload', 'crl.pem': 'reload' })
  })

  test.each([1883, 8883])('others, and the rest of files, take a reload: %i', port => {
    const loadedBy = new Map(
      wanted(singleListener(quickstart, port), version).files.map(file => [
        file.name,
        file.loadedBy,
      ]),
    )
    expect(loadedBy.get('broker.conf')).toBe('restart')
    expect(loadedBy.get('identity')).toBe('nobody')
    for (const name of ['acl', 'passwords', 'broker.crt', 'broker.key', 'ca.crt', 'crl.pem']) {
      expect([undefined, 'reload']).toContain(loadedBy.get(name))
    }
  })
})

/** By what the listeners ask for. */
test.each<readonly [string, Fleet, readonly string[]]>([
  ['a password on loopback', singleListener(quickstart, 1883), ['passwords']],
  [
    'certificates',
    singleListener(quickstart, 8883),
    ['broker.crt', 'broker.key', 'ca.crt', 'crl.pem'],
  ],
  [
    'passwords over TLS',
    singleListener(quickstart, 8884),
    ['passwords', 'broker.crt', 'broker.key'],
  ],
  [
    'certificates and passwords',
    singleListener(article, 8883),
    ['passwords', 'broker.crt', 'broker.key', 'ca.crt', 'crl.pem'],
  ],
])('files for %s', (_, fleet, expected) => {
  const names = wanted(fleet).files.map(({ name }) => name)
  expect(names).toEqual(['broker.conf', 'identity', 'acl', ...expected])
})

test('a key is read by its group and nobody else, and what 2.0 reads late is its own', () => {
  const attributes = wanted(quickstart).files.map(
    ({ name, owner, mode }) => `${name} ${owner} ${mode.toString(8)}`,
  )
  expect(attributes).toEqual([
    'broker.conf root 640',
    'identity root 640',
    'acl mosquitto 600',
    'passwords mosquitto 600',
    'broker.crt root 640',
    'broker.key root 640',
    'ca.crt root 640',
    'crl.pem root 640',
  ])
})

const usual = ['mosquitto', 'mosquitto-clients', 'openssl']

test.each<{
  readonly kind: Broker['host']['kind']
  readonly services: Machine['services']
  readonly enableFirewall: boolean
  readonly expected: readonly string[]
}>([
  { kind: 'ssh', services: 'systemd', enableFirewall: true, expected: [...usual, 'ufw'] },
  { kind: 'ssh', services: 'systemd', enableFirewall: false, expected: usual },
  { kind: 'ssh', services: 'sysv', enableFirewall: true, expected: [...usual, 'ufw', 'acl'] },
  { kind: 'local', services: 'systemd', enableFirewall: true, expected: [...usual, 'ufw'] },
  { kind: 'sandbox', services: 'child', enableFirewall: true, expected: [] },
])('packages: $kind, $services, firewall $enableFirewall', each => {
  const { kind, services, enableFirewall, expected } = each
  const host =
    kind === 'ssh' ? ({ kind, user: undefined, name: 'h', port: undefined } as const) : { kind }
  const fleet = { ...quickstart, enableFirewall }
  expect(packagesFor(fleet, { ...brokerOf(quickstart), host }, services)).toEqual(expected)
})

test.each<readonly [string, Fleet, readonly string[]]>([
  ['nowhere', singleListener(quickstart, 1883), []],
  ['anywhere', singleListener(quickstart, 8883), ['8883 any']],
  ['two networks', singleListener(sketch, 8883), ['8883 192.0.2.0/24', '8883 2001:db8::/32']],
  [
    'two listeners',
    { ...sketch, listeners: [listener({}), listener({ port: 9 })] },
    ['8883 any', '9 any'],
  ],
  ['a sandbox', sandboxed(quickstart), []],
])('firewall rules for %s', (_, fleet, expected) => {
  const { rules } = wanted(fleet).firewall
  expect(rules.map(({ port, from }) => `${String(port)} ${from}`)).toEqual(expected)
})

function wanted(fleet: Fleet, version = '2.0.11', holdings = held) {
  const target = { folder: '/etc/mosquitto/bednet/current', ipv6Loopback: true }
  const broker = brokerOf(fleet)
  return desired(templates, { fleet, broker, holdings, target, version, services: 'systemd' })
}
