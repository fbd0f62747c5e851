import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mistakesOf, read } from './read.js'

const folder = new URL('../../profiles/', import.meta.url)
const names = readdirSync(folder).filter(file => file.endsWith('.yaml'))
const files = { 'devices.csv': 'name,role\ngreenhouse-door,sensor\n' }

function profile(name: string): Uint8Array {
  return readFileSync(new URL(name, folder))
}

describe('the profiles that people copy', () => {
  test.each(names)('%s has no mistake', name => {
    expect(mistakesOf(profile(name), files)).toEqual([])
  })

  test.each(names)('%s tells an editor its schema in the first line', name => {
    const [first] = profile(name).toString().split('\n')
    expect(first).toMatch(/^# yaml-language-server: \$schema=\S+profile\.schema\.json$/)
  })
})

test('quickstart: one device, one user, no secret to bring along', () => {
  const fleet = read(profile('quickstart.yaml'))
  expect(fleet.authorities).toMatchObject([{ custody: { source: { from: 'vault' } } }])
  expect(fleet.brokers).toMatchObject([{ host: { kind: 'sandbox' }, commonName: 'localhost' }])
  expect(fleet.devices.map(({ name }) => name)).toEqual(['sensor-1'])
  expect(fleet.users).toEqual([{ name: 'dashboard', role: 'viewer', password: { from: 'vault' } }])
  expect(fleet.listeners).toMatchObject([
    { port: 1883, bind: 'loopback', tls: false, admit: 'password', sources: 'nowhere' },
    { port: 8883, bind: 'everywhere', tls: true, admit: 'certificate', sources: 'anywhere' },
    { port: 8884, protocol: 'websockets', tls: true, admit: 'password' },
  ])
})

test('article: the names, days, ports and secrets of the walk-through', () => {
  const fleet = read(profile('article.yaml'))
  expect(fleet.authorities).toMatchObject([
    {
      commonName: 'selfcert.local',
      lifetimeDays: 360,
      custody: { source: { from: 'env', name: 'BEDNET_CA_PASSPHRASE' } },
    },
  ])
  expect(fleet.brokers).toMatchObject([{ commonName: 'mqtt.steveio.com', lifetimeDays: 360 }])
  expect(fleet.devices).toMatchObject([
    { name: 'ESP32', lifetimeDays: 360, passphrase: { from: 'env', name: 'ESP32_PASSPHRASE' } },
  ])
  expect(fleet.users).toMatchObject([
    { name: 'mqtt', password: { from: 'env', name: 'MOSQUITTO_PASSWORD' } },
  ])
  expect(fleet.listeners).toMatchObject([
    { port: 1883, bind: 'loopback', admit: 'password', sources: 'nowhere' },
    { port: 8883, tls: true, admit: 'certificate+password', sources: 'anywhere' },
  ])
  expect(fleet).toMatchObject({ persistence: true, enableFirewall: true })
})

test('reference: what is called a default there is one', () => {
  const fleet = read(profile('reference.yaml'), files)
  const [written] = fleet.brokers
  const [bare] = read(`
site: greenhouse
brokers: { hub: { host: ubuntu@mqtt.example.org } }
listeners: [{ port: 8883, admit: certificate }]
`).brokers
  expect({ ...written, names: [] }).toEqual({ ...bare, names: [] })
  expect(fleet.devices).toHaveLength(101)
  expect(fleet.authorities[0]).toMatchObject({ key: 'p256', lifetimeDays: 3650 })
})
