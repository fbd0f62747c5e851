import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceRows } from '../../src/operations/device-rows.js'
import { knownNames, readListed, whyNotInBatch } from '../../src/operations/listed-device.js'
import { isRefusal } from '../../src/profile/refusal.js'
import { profile, projectOf } from './greenhouse.js'

const folder = mkdtempSync(join(tmpdir(), 'bednet-list-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const encrypted = profile.replace(
  /roles:/,
  '  - { names: locked, role: sensor, passphrase: { env: LOCKED } }\nroles:',
)
const { fleet } = projectOf(encrypted)

describe('a row of a list', () => {
  let read: Map<string, string>
  beforeAll(async () => {
    const rows: readonly (readonly string[])[] = [
      ['name', 'role', 'lifetime', 'key', 'place'],
      ['pump-1', 'sensor', '', '', 'hall 1'],
      ['pump-2', 'viewer', '90d', 'ed25519', ''],
      ['pump-3', 'senzor', '', '', ''],
      ['pump-4', '', '', '', ''],
      ['pump-5', 'sensor', '90', '', ''],
      ['pump-6', 'sensor', '', 'p265', ''],
      ['pump/7', 'sensor', '', '', ''],
      ['bednet-canary-x', 'sensor', '', '', ''],
      ['dashboard', 'sensor', '', '', ''],
      ['mqtt.example.org', 'sensor', '', '', ''],
      ['esp32-1', '', '', '', ''],
      ['esp32-2', 'viewer', '', '', ''],
      ['locked', 'sensor', '', '', ''],
      ['', 'sensor', '', '', ''],
      ['pump-8', 'sensor', '', '', 'x'.repeat(300)],
      ['ESP32-1', 'sensor', '', '', ''],
      ['Dashboard', 'sensor', '', '', ''],
    ]
    const path = join(folder, 'devices.csv')
    writeFileSync(path, rows.map(row => `${row.join(',')}\n`).join(''))
    read = new Map()
    for await (const row of deviceRows(path)) {
      const listed = readListed(row, knownNames(fleet))
      const { name, role, key, lifetimeDays } = isRefusal(listed) ? noDevice : listed.device
      read.set(
        row.cells.get('name') ?? '',
        isRefusal(listed)
          ? listed.message
          : [name, role, key, lifetimeDays, JSON.stringify(listed.labels)].join(' '),
      )
    }
  })

  test.each([
    ['pump-1', 'pump-1 sensor p256 365 {"place":"hall 1"}'],
    ['pump-2', 'pump-2 viewer ed25519 90 {}'],
    ['pump-3', 'unknown role "senzor"'],
    ['pump-4', 'the row has no role'],
    ['pump-5', '"90" is not a duration'],
    ['pump-6', '"p265" is no key algorithm'],
    ['pump/7', '"pump/7" is no name for a device'],
    ['bednet-canary-x', '"bednet-canary-x" is reserved'],
    ['dashboard', '"dashboard" is the name of a user, a broker or the authority'],
    ['mqtt.example.org', '"mqtt.example.org" is the name of a user, a broker or the authority'],
    ['esp32-1', 'esp32-1 sensor p256 365 {}'],
    ['esp32-2', 'the profile gives "esp32-2" the role "sensor", not "viewer"'],
    ['locked', 'the key of "locked" is encrypted'],
    ['', '"" is no name for a device'],
    ['ESP32-1', '"ESP32-1" and "esp32-1" differ in nothing but case'],
    ['Dashboard', '"Dashboard" and "dashboard" differ in nothing but case'],
    ['pump-8', 'the label "place" has a control character or is longer than 256 characters'],
  ])('"%s": %s', (name, outcome) => {
    expect(read.get(name)).toBe(outcome)
  })
})

test('a batch has PEM alone: what is to have more is issued by itself', () => {
  const [device] = fleet.devices
  if (device === undefined) throw new Error('the profile has devices')
  expect(whyNotInBatch(device)).toBeUndefined()
  expect(whyNotInBatch({ ...device, formats: ['pem', 'der', 'p12'] })).toEqual({
    message: 'a list is issued as PEM, and the profile has der, p12 for "esp32-1"',
    hint: 'issue it by itself first: bednet issue esp32-1',
  })
})

const noDevice = { name: '', role: '', key: '', lifetimeDays: 0 }
