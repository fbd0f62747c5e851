import { describe, expect, test } from 'vitest'
import { keyAlgorithms } from '../../src/algorithm.js'
import { platformFacts, platforms } from '../../src/profile/platform.js'
import { examineProfile } from '../../src/profile/profile.js'
import type { Circumstances, Remark } from '../../src/profile/remarks.js'
import { soundProfile } from './read.js'

const now = new Date('2026-11-28T00:00:00Z')
const none = { root: undefined, brokers: undefined, devices: undefined }

function remarksOf(
  content: string,
  circumstances: Circumstances = { now, ends: none },
  files: Readonly<Record<string, string>> = {},
): readonly Remark[] {
  const source = { path: 'bednet.yaml', folder: '/home/me', content }
  return examineProfile({ ...source, readFile: path => files[path] }).remarks(circumstances)
}

const lines = (remarks: readonly Remark[], wanted: Remark['kind']): readonly string[] =>
  remarks.filter(({ kind }) => kind === wanted).map(({ at, message }) => `${at}: ${message}`)

/** The profile with this added to its devices, or to another line of it. */
const devices = (fields: string, profile = soundProfile) =>
  profile.replace(
    '{ names: "esp32-{01..03}", role: sensor }',
    `{ names: d, role: sensor, ${fields} }`,
  )
const broker = (fields: string) => (profile: string) =>
  profile.replace('host: ubuntu@mqtt.example.org', `host: ubuntu@mqtt.example.org, ${fields}`)
const authority = (fields: string) => (profile: string) =>
  profile.replace('brokers:', `authority: { ${fields} }\nbrokers:`)

test('a profile that names no platform has none', () => {
  expect(remarksOf(soundProfile)).toEqual([])
})

describe('what a platform chooses', () => {
  test.each([
    ['platform: ios', ['key p256 for ios', 'formats pem, p12-legacy for ios']],
    ['platform: java', ['key p256 for java', 'formats pem, p12, truststore for java']],
    ['platform: java, key: p384', ['formats pem, p12, truststore for java']],
    ['platform: java, formats: p12', ['key p256 for java']],
    ['platform: linux, key: ed25519, formats: [pem]', []],
    ['platform: esp8266, key: p256, formats: der', ['a short chain for esp8266']],
  ])('%s: %j', (fields, expected) => {
    const remarks = remarksOf(devices(fields))
    expect(remarks.filter(({ kind }) => kind === 'choice').map(({ message }) => message)).toEqual(
      expected,
    )
    expect(lines(remarks, 'warning')).toEqual([])
    for (const { hint } of remarks) expect(hint).not.toBe('')
  })

  test.each(platforms)('%s can use and check what it chooses, and says why', platform => {
    const { key, notOwn, notOthers, ...facts } = platformFacts[platform]
    expect(notOwn).not.toContain(key)
    expect(notOthers).not.toContain(key)
    expect(facts.whyNot === '').toBe(notOwn.length + notOthers.length === 0)
  })

  test('it goes into the fleet: the profile has the last word', () => {
    const fleetOf = (fields: string) =>
      examineProfile({
        path: 'p',
        folder: '/',
        content: devices(fields),
        readFile: () => undefined,
      }).fleet.devices.map(({ key, formats, platform }) => ({ key, formats, platform }))
    expect(fleetOf('platform: android')).toEqual([
      { key: 'p256', formats: ['pem', 'p12-legacy'], platform: 'android' },
    ])
    expect(fleetOf('platform: android, key: rsa2048, formats: [p12, pem, p12]')).toEqual([
      { key: 'rsa2048', formats: ['pem', 'p12'], platform: 'android' },
    ])
    expect(fleetOf('key: p384')).toEqual([{ key: 'p384', formats: ['pem'], platform: undefined }])
  })
})

describe('keys that a platform cannot use', () => {
  test.each([
    ['esp8266', ['rsa3072', 'rsa4096', 'ed25519']],
    ['esp32', ['ed25519']],
    ['tasmota', ['p384', 'rsa2048', 'rsa3072', 'rsa4096', 'ed25519']],
    ['ios', ['ed25519']],
    ['macos', ['ed25519']],
    ['android', ['ed25519']],
    ['windows', ['ed25519']],
    ['linux', []],
    ['java', ['ed25519']],
    ['browser', ['ed25519']],
  ] as const)('%s: %j', (platform, expected) => {
    const refused = keyAlgorithms.filter(key => {
      const [first, ...more] = lines(
        remarksOf(devices(`platform: ${platform}, key: ${key}`)),
        'warning',
      )
      expect(more).toEqual([])
      if (first === undefined) return false
      expect(first).toContain(`: ${platform} cannot use a key of kind ${key}`)
      return true
    })
    expect(refused).toEqual(expected)
  })

  test('the place is the key, also in a list', () => {
    const content = devices('platform: ios').replace('names: d', 'from: list.csv')
    const remarks = remarksOf(content, undefined, { 'list.csv': 'name,key\na,p256\nb,ed25519\n' })
    expect(lines(remarks, 'warning')).toEqual([
      'list.csv:3:3: ios cannot use a key of kind ed25519',
    ])
  })

  test.each([
    ['an authority', authority('key: ed25519'), 'bednet.yaml:2:19'],
    ['a broker', broker('key: ed25519'), 'bednet.yaml:3:46'],
  ])('%s that a device cannot check is named where its key is', (_what, change, at) => {
    const esp = devices('platform: esp32').replace('names: d', 'names: [d]')
    const both = esp.replace('roles:', '  - { names: e, role: sensor, platform: ios }\nroles:')
    expect(lines(remarksOf(change(both)), 'warning')).toEqual([
      `${at}: esp32 and ios cannot check what a key of kind ed25519 has signed`,
    ])
    expect(lines(remarksOf(change(devices('platform: linux'))), 'warning')).toEqual([])
  })
})

describe('ends', () => {
  const past2038 = 'may take for 1901'
  test.each([
    ['4070d', 'esp8266', undefined],
    ['4071d', 'esp8266', '2038-01-20'],
    ['4071d', 'tasmota', '2038-01-20'],
    ['4071d', 'linux', undefined],
  ])('a device for %s, on %s: %s', (lifetime, platform, end) => {
    const content = authority('lifetime: 20y')(
      devices(`platform: ${platform}, lifetime: ${lifetime}`),
    )
    const found = remarksOf(content).filter(({ message }) => message.includes('of the device'))
    expect(found.map(({ message }) => message)).toEqual(
      end === undefined
        ? []
        : [`the certificate of the device would end on ${end}, which ${platform} ${past2038}`],
    )
  })

  test('of authority and brokers too, for whoever reads them', () => {
    const content = authority('lifetime: 20y')(
      broker('lifetime: 12y')(devices('platform: esp8266')),
    )
    expect(lines(remarksOf(content), 'warning')).toEqual([
      `bednet.yaml:2:24: the certificate of the authority would end on 2046-11-23, which esp8266 ${past2038}`,
      `bednet.yaml:4:51: the certificate of the broker would end on 2038-11-25, which esp8266 ${past2038}`,
    ])
  })

  test.each([
    ['ios', '824d', []],
    ['ios', '825d', ["ios refuses a broker's certificate that is good for more than 825 days"]],
    [
      'browser',
      '3y',
      ["browser refuses a broker's certificate that is good for more than 825 days"],
    ],
    ['android', '3y', []],
  ])('%s and a broker for %s: %j', (platform, lifetime, expected) => {
    const remarks = remarksOf(broker(`lifetime: ${lifetime}`)(devices(`platform: ${platform}`)))
    expect(remarks.filter(({ kind }) => kind === 'warning').map(({ message }) => message)).toEqual(
      expected,
    )
  })

  test('what would outlive the authority that there is, is said to end with it', () => {
    const [early, late] = [new Date('2027-03-01T00:00:00Z'), new Date('2027-12-01T00:00:00Z')]
    const all = (end: Date) => ({ now, ends: { root: end, brokers: end, devices: end } })
    const ends =
      'days from now the authority is no more: what it signs now ends with it on 2027-03-01'
    expect(lines(remarksOf(soundProfile, all(early)), 'warning')).toEqual([
      `bednet.yaml:10:5: 365 ${ends}`,
    ])
    expect(remarksOf(soundProfile, all(late))).toEqual([])
    const ofBrokers = {
      now,
      ends: { ...all(late).ends, brokers: new Date('2027-01-01T00:00:00Z') },
    }
    expect(lines(remarksOf(soundProfile, ofBrokers), 'warning')).toEqual([
      expect.stringContaining(':3:8: 90 days from now the authority is no more'),
    ])
  })

  test('an issuing authority is one more certificate, and a key to check', () => {
    const content = authority('issuing: { key: ed25519 }')(devices('platform: tasmota'))
    expect(lines(remarksOf(content), 'warning')).toEqual([
      'bednet.yaml:2:14: an issuing authority makes the chain longer, and tasmota may lack the memory',
      'bednet.yaml:2:30: tasmota cannot check what a key of kind ed25519 has signed',
    ])
    const able = authority('issuing: {}')(devices('platform: linux'))
    expect(lines(remarksOf(able), 'warning')).toEqual([])
  })
})
