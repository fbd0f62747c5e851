import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Login, MqttCheck } from '../broker/expectation.js'
import { withinLimit } from '../hosts/limit.js'
import { sendByMosquittoClients, type ClientLogin } from '../hosts/mosquitto-clients.js'
import { missingCredential } from './verify-login.js'
import type { Door, Scene } from './verify-scene.js'
import { failed, passed, skipped, type Verdict } from './verify-verdict.js'

/** One message by the tools that a person at the terminal uses, which cannot be told another SNI. */
export async function checkClients(
  scene: Scene,
  door: Door,
  check: Extract<MqttCheck, { kind: 'mosquitto-clients' }>,
): Promise<Verdict> {
  const missing = missingCredential(scene, check.from) ?? missingCredential(scene, check.to)
  if (missing !== undefined) return skipped(missing)
  const name = door.listener.tls ? await nameThatLeadsTo(door, scene) : door.address
  if (name === undefined) {
    return skipped(
      door.via === 'forward'
        ? 'the way there is a tunnel, and the certificate is not good for its name'
        : `no name of the certificate leads from here to ${door.address}`,
    )
  }
  const problem = await sendByMosquittoClients(
    {
      from: clientLogin(scene, { ...door, address: name }, check.from),
      to: clientLogin(scene, { ...door, address: name }, check.to),
      topic: check.topic,
      text: `bednet-probe-${randomBytes(8).toString('hex')}`,
      folder: join(scene.folder, `clients-${String(door.port)}`),
    },
    scene.tools,
  )
  return problem === undefined ? passed(`sent and heard at ${name}`) : failed(problem)
}

const lookupLimitMs = 3_000

/** A name that is in the certificate and, looked up here, is where the broker is. */
async function nameThatLeadsTo(door: Door, { input }: Scene): Promise<string | undefined> {
  if (door.via === 'forward') return undefined
  const wanted = await addressesOf(door.address)
  for (const name of input.broker.names) {
    const found = await addressesOf(name)
    if (found.some(address => wanted.includes(address))) return name
  }
  return undefined
}

async function addressesOf(name: string): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name]
  const found = lookup(name, { all: true }).then(
    addresses => addresses.map(({ address }) => address),
    () => [],
  )
  return withinLimit(found, lookupLimitMs, [])
}

function clientLogin({ input, ...scene }: Scene, door: Door, login: Login): ClientLogin {
  const { certificate, username } = login
  return {
    name: door.address,
    port: door.port,
    clientId: `bednet-canary-${randomBytes(6).toString('hex')}`,
    username,
    password:
      username === undefined ? undefined : input.credentials.canaries.get(username)?.password,
    tls: door.listener.tls
      ? {
          authorityFile: scene.authorityFile,
          client: certificate === undefined ? undefined : scene.clientFiles.get(certificate),
        }
      : undefined,
  }
}
