import type { Broker, Fleet, Listener } from '../../src/profile/fleet.js'

/** Whole fleets made by hand, so that a fault of the profile's parser is not one of the proof. */
const broker: Broker = {
  name: 'hub',
  host: { kind: 'ssh', user: 'ubuntu', name: 'mqtt.example.org', port: undefined },
  commonName: 'mqtt.example.org',
  names: ['mqtt.example.org', '192.0.2.10'],
  lifetimeDays: 90,
  key: 'p256',
}

const common: Fleet = {
  site: 'greenhouse',
  folder: '/profiles',
  authorities: [
    {
      id: 'ca',
      commonName: 'Greenhouse CA',
      key: 'p256',
      lifetimeDays: 3650,
      custody: { kind: 'passphrase', source: { from: 'vault' } },
      revocationListDays: undefined,
      issuer: undefined,
      signs: ['brokers', 'devices'],
      permitted: [],
    },
  ],
  brokers: [broker],
  listeners: [],
  users: [],
  devices: [],
  roles: [],
  limits: {
    maxConnections: undefined,
    maxPacketBytes: undefined,
    maxQueuedMessages: undefined,
    maxInflightMessages: undefined,
    maxKeepaliveSeconds: undefined,
    messageBytes: undefined,
    sessionExpiryDays: undefined,
  },
  persistence: false,
  enableFirewall: true,
  source: undefined,
  archive: undefined,
  templates: undefined,
}

const loopback: Listener = {
  port: 1883,
  bind: 'loopback',
  protocol: 'mqtt',
  tls: false,
  admit: 'password',
  sources: 'nowhere',
}

const everywhere: Listener = {
  port: 8883,
  bind: 'everywhere',
  protocol: 'mqtt',
  tls: true,
  admit: 'certificate',
  sources: 'anywhere',
}

const sensor = {
  name: 'sensor',
  publish: ['sensors/%u/#'],
  subscribe: ['commands/%u/#'],
}

function device(name: string, role: string): Fleet['devices'][number] {
  return {
    name,
    role,
    lifetimeDays: 365,
    key: 'p256',
    passphrase: undefined,
    formats: ['pem'],
    platform: undefined,
  }
}

/** A loopback port with passwords, certificates, and WebSockets over TLS with passwords. */
export const quickstart: Fleet = {
  ...common,
  listeners: [
    loopback,
    everywhere,
    { ...everywhere, port: 8884, protocol: 'websockets', admit: 'password' },
  ],
  users: [{ name: 'dashboard', role: 'viewer', password: { from: 'vault' } }],
  devices: [device('sensor-1', 'sensor')],
  roles: [sensor, { name: 'viewer', publish: ['commands/#'], subscribe: ['sensors/#'] }],
}

/** The walk-through: a loopback port with passwords, and certificate and password together. */
export const article: Fleet = {
  ...common,
  listeners: [loopback, { ...everywhere, admit: 'certificate+password' }],
  users: [{ name: 'mqtt', role: 'everything', password: { from: 'vault' } }],
  devices: [device('ESP32', 'everything')],
  roles: [{ name: 'everything', publish: ['#'], subscribe: ['#'] }],
}

/** The sketch of the first profile: a listener for two networks only, and several roles. */
export const sketch: Fleet = {
  ...common,
  listeners: [
    loopback,
    { ...everywhere, sources: ['192.0.2.0/24', '2001:db8::/32'] },
    { ...everywhere, port: 8884, protocol: 'websockets', admit: 'password' },
  ],
  users: [
    { name: 'mqtt', role: 'operator', password: { from: 'env', name: 'MOSQUITTO_PASSWORD' } },
  ],
  devices: [device('esp32-001', 'sensor'), device('pump-1', 'pump')],
  roles: [
    sensor,
    { name: 'pump', publish: ['pumps/%u/state', 'alarms'], subscribe: ['commands/%u/#'] },
    { name: 'operator', publish: ['#'], subscribe: ['#', '$SYS/#'] },
  ],
}

/** One listener, so that a table of wrong brokers shows what each turns to failed, and no more. */
export function singleListener(fleet: Fleet, port: number): Fleet {
  return { ...fleet, listeners: fleet.listeners.filter(listener => listener.port === port) }
}
