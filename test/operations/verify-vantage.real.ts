import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { verifyBroker } from '../../src/operations/verify.js'
import type { VerifyInput } from '../../src/operations/verify-scene.js'
import type { Fleet } from '../../src/profile/fleet.js'
import { noHost, startBroker } from './verify-broker.js'
import { quickstart } from './verify-fleets.js'

test('without the tools their checks are skipped, with what to install', async () => {
  const broker = await startBroker(quickstart)
  const proofs = await verifyBroker(withPath(broker.input, '/nonexistent'))
  await broker.stop()
  const skipped = proofs.filter(({ because }) => because.includes('is not installed'))
  expect(proofs.filter(({ status }) => status === 'failed')).toEqual([])
  expect(skipped.length).toBeGreaterThan(10)
  expect(new Set(skipped.map(({ because }) => /apt install .*/.exec(because)?.[0]))).toEqual(
    new Set(['apt install openssl', 'apt install mosquitto-clients']),
  )
})

test('what only the host can reach is proven through it, and is closed from outside', async () => {
  const broker = await startBroker(withoutWebsockets(quickstart))
  const proofs = await verifyBroker(throughTunnel(broker.input))
  await broker.stop()
  expect(proofs.filter(({ status }) => status === 'failed')).toEqual([])
  const outside = proofs.filter(({ id }) => id.endsWith('/outside'))
  expect(outside.map(({ status, via }) => [status, via])).toEqual(
    outside.map(() => ['passed', 'direct']),
  )
  const others = proofs.filter(({ id }) => !id.endsWith('/outside'))
  expect(others.filter(({ via }) => via !== 'forward')).toEqual([])
  const clients = proofs.filter(({ id }) => id.endsWith('/mosquitto-clients'))
  expect(clients.map(({ because }) => because)).toEqual([
    'sent and heard at 127.0.0.1',
    'the way there is a tunnel, and the certificate is not good for its name',
  ])
})

// Tried: 2.0.11 opens a WebSockets listener on every address, 2.0.21 where it was told to.
test('a WebSockets listener that is open to everybody is found out', async () => {
  const broker = await startBroker(quickstart)
  const proofs = await verifyBroker(throughTunnel(broker.input))
  await broker.stop()
  const failed = proofs.filter(({ status }) => status === 'failed').map(({ id }) => id)
  const listener = broker.input.fleet.listeners.find(({ protocol }) => protocol === 'websockets')
  const outside = `${String(listener?.port)}/outside`
  expect(failed).toEqual(broker.input.version === '2.0.11' ? [outside] : [])
})

function withPath(input: VerifyInput, path: string): VerifyInput {
  const environment = { ...input.world.environment, PATH: path }
  return { ...input, world: { ...input.world, environment } }
}

function withoutWebsockets(fleet: Fleet): Fleet {
  const listeners = fleet.listeners.filter(({ protocol }) => protocol === 'mqtt')
  return { ...fleet, listeners }
}

/** The broker listens on 127.0.0.1; from "outside" its host is 127.0.0.2, where nobody listens. */
function throughTunnel(input: VerifyInput): VerifyInput {
  const host = {
    ...noHost,
    forward: (address: string, port: number) => Promise.resolve(connect(port, address)),
  }
  const broker = {
    ...input.broker,
    host: { kind: 'ssh', user: undefined, name: 'hub', port: undefined } as const,
  }
  return { ...input, broker, host, target: { address: '127.0.0.2' } }
}
