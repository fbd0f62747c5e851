import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BednetError } from '../../src/error.js'
import { mistakesOf, read, soundProfile } from './read.js'

describe('defaults', () => {
  const fleet = read(soundProfile)

  test('of the authority', () => {
    expect(fleet.authorities).toEqual([
      {
        id: 'ca',
        commonName: 'greenhouse CA',
        key: 'p256',
        lifetimeDays: 3650,
        custody: { kind: 'passphrase', source: { from: 'prompt' } },
        revocationListDays: undefined,
        issuer: undefined,
        signs: ['brokers', 'devices'],
        permitted: [],
      },
    ])
  })

  test('of a broker: its common name and its names come from the host', () => {
    expect(fleet.brokers).toEqual([
      {
        name: 'hub',
        host: { kind: 'ssh', user: 'ubuntu', name: 'mqtt.example.org', port: undefined },
        commonName: 'mqtt.example.org',
        names: ['mqtt.example.org'],
        lifetimeDays: 90,
        key: 'p256',
      },
    ])
  })

  test('of users, devices and the rest', () => {
    expect(fleet.users).toEqual([
      { name: 'dashboard', role: 'reader', password: { from: 'vault' } },
    ])
    expect(fleet.devices[0]).toEqual({
      name: 'esp32-01',
      role: 'sensor',
      lifetimeDays: 365,
      key: 'p256',
      passphrase: undefined,
      formats: ['pem'],
      platform: undefined,
    })
    expect(fleet).toMatchObject({ persistence: true, enableFirewall: false })
    expect(fleet.templates).toBeUndefined()
    expect(Object.values(fleet.limits)).toEqual(Array.from({ length: 7 }, () => undefined))
  })
})

describe('what is written', () => {
  test('the host’s name is added to the names, after those of the profile and once', () => {
    const [broker] = read(
      soundProfile.replace(
        'host: ubuntu@mqtt.example.org',
        'host: "pi@[2001:DB8::1]:2222", commonName: Hub.Local, names: [192.0.2.1, hub.local]',
      ),
    ).brokers
    expect(broker?.names).toEqual(['hub.local', '192.0.2.1', '2001:db8::1'])
    expect(broker?.host).toEqual({ kind: 'ssh', user: 'pi', name: '2001:db8::1', port: 2222 })
  })

  test.each([
    ['bind: loopback, admit: password', { tls: false, sources: 'nowhere' }],
    ['bind: loopback, admit: password, tls: true', { tls: true, sources: 'nowhere' }],
    ['bind: loopback, admit: certificate+password', { tls: true, sources: 'nowhere' }],
    ['bind: 127.0.0.1, admit: password', { tls: false, sources: 'nowhere' }],
    ['bind: "::1", admit: password', { tls: false, bind: { address: '::1' } }],
    ['bind: 192.0.2.1, admit: password', { tls: true, sources: 'anywhere' }],
    ['admit: password, tls: false, plaintext: accepted', { tls: false, sources: 'anywhere' }],
    ['admit: password, from: 192.0.2.1', { sources: ['192.0.2.1/32'] }],
    ['admit: password, from: ["2001:DB8:0::/32"]', { sources: ['2001:db8::/32'] }],
    ['admit: password, from: anywhere', { sources: 'anywhere' }],
  ])('listener { %s }', (written, expected) => {
    const fleet = read(soundProfile.replace('bind: loopback, admit: password', written))
    expect(fleet.listeners[0]).toMatchObject(expected)
  })

  test.each([
    ['maxPacket: 256kB', { maxPacketBytes: 256_000 }],
    ['maxPacket: 2MiB', { maxPacketBytes: 2_097_152 }],
    ['maxPacket: 5000', { maxPacketBytes: 5000 }],
    ['maxKeepalive: 10m', { maxKeepaliveSeconds: 600 }],
    ['sessionExpiry: 4w', { sessionExpiryDays: 28 }],
    ['messageSize: 1kB, maxConnections: 5', { messageBytes: 1000, maxConnections: 5 }],
    ['maxQueuedMessages: 0, maxInflightMessages: 0', { maxQueuedMessages: 0 }],
  ])('limits { %s }', (written, expected) => {
    expect(read(`${soundProfile}limits: { ${written} }\n`).limits).toMatchObject(expected)
  })

  test('templates are found from the folder of the profile', () => {
    expect(read(`${soundProfile}templates: ./mine\n`).templates).toBe('/home/me/greenhouse/mine')
  })
})

describe('the error', () => {
  test('carries the code, the count and the first place', () => {
    const attempt = () => read('site: A\n')
    expect(attempt).toThrow(BednetError)
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'PROFILE_INVALID',
        message: '3 mistakes in bednet.yaml',
        at: 'bednet.yaml:1:1',
      }),
    )
  })
})

test('no text of a fleet holds a control character, whatever the profile says', () => {
  const dirty = fc.string({ unit: fc.constantFrom('a', 'b', '-', ' ', ...controls), maxLength: 5 })
  const place = fc.constantFrom('greenhouse', 'hub', 'reader', 'sensors/%u/#', 'mqtt.example.org')
  fc.assert(
    fc.property(place, dirty, (from, text) => {
      // Escaped in double quotes, so that YAML itself takes it.
      const escaped = JSON.stringify(`a${text}`)
      const written = soundProfile.replaceAll('[sensors/%u/#]', '["sensors/%u/#"]')
      const profile = written.replaceAll(new RegExp(`"?\\b${from}(?![\\w/])"?`, 'g'), () => escaped)
      return (
        mistakesOf(profile).length > 0 || !/\\|\p{Cc}|\u2028/u.test(JSON.stringify(read(profile)))
      )
    }),
  )
})

const controls = ['\n', '\r', '\0', '\x1b', '\x7f', '\x85', '\u2028', '\ufeff']
