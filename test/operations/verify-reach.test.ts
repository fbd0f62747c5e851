import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkReach } from '../../src/operations/verify-reach.js'
import type { Door, Scene } from '../../src/operations/verify-scene.js'
import type { Host } from '../../src/hosts/host.js'
import type { Listener } from '../../src/profile/fleet.js'
import { noHost, world } from './verify-broker.js'
import { quickstart } from './verify-fleets.js'

let server: Server
let open: number
let shut: number

beforeAll(async () => {
  server = await listening()
  open = portOf(server)
  const another = await listening()
  shut = portOf(another)
  another.close()
})
afterAll(() => server.close())

const tunnel: Host = {
  ...noHost,
  forward: (address, port) => Promise.resolve(connect(port, address)),
}

test.each([
  ['open', true, 'passed', 'accepts connections'],
  ['open', false, 'failed', 'nobody listens on port'],
  ['loopback', false, 'passed', 'nothing listens there'],
  ['loopback', true, 'failed', 'it answers at 127.0.0.1'],
  ['firewall', false, 'passed', 'a firewall that rejects'],
  ['firewall', true, 'failed', 'it answers at 127.0.0.1'],
  ['no firewall', true, 'skipped', 'the profile does not enable the firewall'],
] as const)('%s, where the port is open: %s', async (...[what, isOpen, status, words]) => {
  const verdict = await checkReach(
    scene(noHost),
    door(isOpen ? open : shut, 'direct'),
    checks[what],
  )
  expect(verdict.status).toBe(status)
  expect(verdict.because).toContain(words)
})

test.each([
  ['a tunnel that opens', tunnel, 'passed', 'through the tunnel to this machine'],
  ['a tunnel that does not', noHost, 'failed', 'not to be tunnelled'],
] as const)('%s', async (...[, host, status, words]) => {
  const verdict = await checkReach(scene(host), door(open, 'forward'), { kind: 'open' })
  expect(verdict.status).toBe(status)
  expect(verdict.because).toContain(words)
})

const checks = {
  open: { kind: 'open' },
  loopback: { kind: 'closed', by: 'loopback', promised: true },
  firewall: { kind: 'closed', by: 'firewall', promised: true },
  'no firewall': { kind: 'closed', by: 'firewall', promised: false },
} as const

function scene(host: Host): Scene {
  const [broker] = quickstart.brokers
  if (broker === undefined) throw new Error('a fleet without a broker')
  const credentials = { caPem: '', brokerSha256: '', canaries: new Map<string, never>() }
  const target = { address: '127.0.0.1' }
  return {
    input: {
      fleet: quickstart,
      broker,
      host,
      target,
      version: '2.0.11',
      credentials,
      world: world({}),
    },
    doors: new Map(),
    authorityFile: '',
    authorityFlaw: undefined,
    clientFiles: new Map(),
    folder: '',
    tools: { environment: {}, limitMs: 0 },
  }
}

function door(port: number, via: Door['via']): Door {
  const listener: Listener = {
    port,
    bind: 'everywhere',
    protocol: 'mqtt',
    tls: false,
    admit: 'password',
    sources: 'anywhere',
  }
  return { address: '127.0.0.1', port, listener, via }
}

async function listening(): Promise<Server> {
  const made = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
  return made
}

function portOf(listener: Server): number {
  return (listener.address() as AddressInfo).port
}
