import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { canaries, type Canary } from '../../src/broker/canary.js'
import { renderAccessList, renderConfiguration } from '../../src/broker/config.js'
import { hashPassword, passwordFile } from '../../src/broker/password.js'
import type { Templates } from '../../src/broker/render.js'
import type { Host } from '../../src/hosts/host.js'
import type { VerifyInput } from '../../src/operations/verify-scene.js'
import { createAuthority, type Authority } from '../../src/pki/authority.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { issueCertificate } from '../../src/pki/issuance.js'
import { generateKey, privateKeyPem } from '../../src/pki/key.js'
import { signRevocationList } from '../../src/pki/revocation.js'
import { serialNumber } from '../../src/pki/serial.js'
import type { Broker, Fleet } from '../../src/profile/fleet.js'
import { Secret } from '../../src/secret.js'
import type { World } from '../../src/world.js'

/** What is wrong with a broker; nothing is, where it is empty. */
export interface Flaw {
  readonly configuration?: (text: string) => string
  readonly accessList?: (text: string) => string
  /** Names in the certificate that is served. */
  readonly names?: readonly string[]
  /** Serves a certificate that was never pushed. */
  readonly unpushed?: boolean
  readonly signedByAnother?: boolean
  readonly revocationListEnds?: Date
}

export interface RunningBroker {
  readonly input: VerifyInput
  readonly log: () => string
  stop(): Promise<void>
}

const dayMs = 24 * 60 * 60 * 1000
const startLimitMs = 5_000

/** The real Mosquitto of this machine with the configuration that bednet renders for the fleet. */
export async function startBroker(wanted: Fleet, flaw: Flaw = {}): Promise<RunningBroker> {
  const fleet = await onFreePorts(wanted)
  const [broker] = fleet.brokers
  if (broker === undefined) throw new Error('a fleet of no broker cannot be started')
  const folder = await mkdtemp(join(tmpdir(), 'bednet-verify-'))
  const credentials = await writeFiles(fleet, broker, { folder, flaw })
  const child = spawn('/usr/sbin/mosquitto', ['-c', join(folder, 'broker.conf')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()))
  }
  const stop = async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (const { port } of fleet.listeners) await untilOpen(port, () => log)
  } catch (error) {
    await stop()
    throw error
  }
  const target = { address: '127.0.0.1' }
  const version = /version ([\d.]+)/.exec(log)?.[1] ?? '2.0.11'
  const input = { fleet, broker, host: noHost, target, version, credentials, world: world() }
  return { input, log: () => log, stop }
}

/** A sandbox is reached directly, so its host is never asked. */
export const noHost: Host = {
  address: 'this machine',
  root: '',
  answer: () => Promise.reject(new Error('not to be asked')),
  perform: () => {
    throw new Error('not to be changed')
  },
  forward: () => Promise.reject(new Error('not to be tunnelled')),
  close: () => Promise.resolve(),
}

export function world(environment: World['environment'] = process.env): World {
  return {
    now: () => new Date(),
    randomBytes: count => randomBytes(count),
    environment,
    report: () => undefined,
    ask: undefined,
    confirm: undefined,
  }
}

async function onFreePorts(fleet: Fleet): Promise<Fleet> {
  const servers = await Promise.all(fleet.listeners.map(() => listening()))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return {
    ...fleet,
    listeners: fleet.listeners.map((listener, index) => ({
      ...listener,
      port: ports[index] ?? 0,
      bind: { address: '127.0.0.1' },
    })),
    brokers: fleet.brokers.map(broker => ({
      ...broker,
      host: { kind: 'sandbox' },
      names: [...broker.names, 'localhost', '127.0.0.1'],
    })),
  }
}

async function listening() {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function untilOpen(port: number, log: () => string): Promise<void> {
  const end = Date.now() + startLimitMs
  while (Date.now() < end) {
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
    if (open) return
    await pause(20)
  }
  throw new Error(`the broker does not listen on ${String(port)}:\n${log()}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const end = new Promise(resolve => child.once('close', resolve))
  child.kill()
  await end
}

interface Place {
  readonly folder: string
  readonly flaw: Flaw
}

async function writeFiles(fleet: Fleet, broker: Broker, { folder, flaw }: Place) {
  const authority = await newAuthority('Greenhouse CA')
  const held = await Promise.all(canaries(fleet).map(canary => credential(authority, canary)))
  const served = await brokerFiles(authority, broker, flaw)
  const files = {
    'broker.conf': runnable(await configuration(fleet, broker, { folder, flaw })),
    acl: edited(flaw.accessList, renderAccessList(await templates(), fleet)),
    passwords: passwordFile(
      new Map(held.map(({ name, password }) => [name, hashPassword(password, salt(), 101)])),
    ),
    'ca.crt': authority.certificate,
    'crl.pem': await revocationList(authority, held, flaw),
    'broker.crt': served.certificatePem,
    'broker.key': served.keyPem,
  }
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content, { mode: 0o600 })
  }
  await chmod(folder, 0o700)
  return {
    caPem: authority.certificate,
    brokerSha256: served.pushedSha256,
    canaries: new Map(held.map(one => [one.name, one])),
  }
}

async function configuration(fleet: Fleet, broker: Broker, { folder, flaw }: Place) {
  const target = { folder, ipv6Loopback: false }
  const text = renderConfiguration(await templates(), { fleet, broker }, target)
  return edited(flaw.configuration, text)
}

/** A flaw that changes nothing would prove nothing. */
function edited(edit: ((text: string) => string) | undefined, text: string): string {
  if (edit === undefined) return text
  const result = edit(text)
  if (result === text) throw new Error('the flaw has changed nothing')
  return result
}

/** Root would become "mosquitto" and could no longer read the files. */
function runnable(text: string): string {
  return process.getuid?.() === 0 ? `user root\n${text}` : text
}

async function templates(): Promise<Templates> {
  const read = async (name: string) =>
    readFile(new URL(`../../templates/${name}.hbs`, import.meta.url), 'utf8')
  return {
    'broker.conf': await read('broker.conf'),
    'listener.conf': await read('listener.conf'),
    acl: await read('acl'),
    'device.md': '',
  }
}

async function newAuthority(commonName: string): Promise<Authority> {
  const [notBefore, notAfter] = [daysAhead(-2), daysAhead(30)]
  const serial = serialNumber(randomBytes(16))
  const algorithm = 'p256'
  const site = 'greenhouse'
  return createAuthority({
    commonName,
    site,
    generation: 1,
    algorithm,
    notBefore,
    notAfter,
    serial,
  })
}

async function credential(authority: Authority, { name, kind }: Canary) {
  const key = await generateKey('p256')
  const [notBefore, notAfter] =
    kind === 'expired'
      ? [daysAhead(-2), daysAhead(-1)]
      : kind === 'not-yet-valid'
        ? [daysAhead(20), daysAhead(30)]
        : [daysAhead(-1), daysAhead(30)]
  const certificatePem = await issueCertificate(authority, {
    purpose: 'client',
    commonName: name,
    names: [],
    publicKey: key,
    notBefore,
    notAfter,
    serial: serialNumber(randomBytes(16)),
  })
  const password = new Secret(randomBytes(24).toString('base64url'))
  return { name, kind, certificatePem, keyPem: new Secret(privateKeyPem(key)), password }
}

async function brokerFiles(authority: Authority, broker: Broker, flaw: Flaw) {
  const key = await generateKey('p256')
  const signer = flaw.signedByAnother === true ? await newAuthority('Greenhouse CA') : authority
  const issue = async () =>
    issueCertificate(signer, {
      purpose: 'broker',
      commonName: broker.commonName,
      names: flaw.names ?? broker.names,
      publicKey: key,
      notBefore: daysAhead(-1),
      notAfter: daysAhead(30),
      serial: serialNumber(randomBytes(16)),
    })
  const certificatePem = await issue()
  const pushed = flaw.unpushed === true ? await issue() : certificatePem
  const pushedSha256 = certificateFacts(pushed).fingerprint
  return { certificatePem, pushedSha256, keyPem: privateKeyPem(key) }
}

async function revocationList(
  authority: Authority,
  held: readonly { readonly kind: Canary['kind']; readonly certificatePem: string }[],
  flaw: Flaw,
): Promise<string> {
  const revoked = held
    .filter(({ kind }) => kind === 'revoked')
    .map(({ certificatePem }) => ({
      serial: certificateFacts(certificatePem).serial,
      revokedAt: daysAhead(-1),
      reason: 'unspecified' as const,
    }))
  const nextUpdate = flaw.revocationListEnds ?? daysAhead(30)
  return await signRevocationList(authority, {
    number: 1,
    thisUpdate: daysAhead(-2),
    nextUpdate,
    revoked,
  })
}

function daysAhead(days: number): Date {
  return new Date(Math.floor((Date.now() + days * dayMs) / 1000) * 1000)
}

function salt(): Uint8Array {
  return randomBytes(12)
}
