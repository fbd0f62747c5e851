import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { IClientOptions, MqttClient } from 'mqtt'
import type { Secret } from '../secret.js'
import { withinLimit } from './limit.js'
import { alertWords } from './tls-alert.js'

/** Where a listener is, and what it must show before anything is said to it. */
interface MqttDoor {
  readonly address: string
  readonly port: number
  readonly protocol: 'mqtt' | 'websockets'
  /** Undefined: in clear. `name` is what the certificate must be good for. */
  readonly tls: { readonly authorityPem: string; readonly name: string } | undefined
}

export interface MqttLogin {
  readonly version: 4 | 5
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly certificate: { readonly pem: string; readonly key: Secret } | undefined
}

export type LoginAnswer =
  | { readonly kind: 'admitted'; readonly session: MqttSession }
  /** CONNACK with a reason code other than 0. */
  | { readonly kind: 'refused'; readonly code: number }
  /** The connection ended without a CONNACK. */
  | { readonly kind: 'closed'; readonly because: string }

/** Every session begins clean and leaves nothing behind. */
export async function logIn(door: MqttDoor, login: MqttLogin): Promise<LoginAnswer> {
  // Its names are found by Node, but not by a bundler, in anything but the default.
  const { default: mqtt } = await import('mqtt')
  const client = mqtt.connect(connectOptions(door, login))
  const answer = await withinLimit(firstAnswer(client), loginLimitMs, late)
  if (answer.kind !== 'admitted') client.end(true)
  return answer
}

/** A client that was let in. */
export class MqttSession {
  readonly #client: MqttClient
  readonly #heard = new Set<string>()
  readonly #waiting = new Map<string, () => void>()

  constructor(client: MqttClient) {
    this.#client = client
    client.on('message', (topic, payload) => {
      const message = messageKey(topic, payload.toString())
      this.#heard.add(message)
      this.#waiting.get(message)?.()
    })
  }

  get isOpen(): boolean {
    return this.#client.connected
  }

  /** False where the broker refused it, or said nothing. */
  async subscribe(topic: string): Promise<boolean> {
    const granted = this.#client.subscribeAsync(topic, { qos: 1 }).then(
      () => true,
      () => false,
    )
    return withinLimit(granted, packetLimitMs, false)
  }

  /** The reason code of the PUBACK, 0 for a message taken; undefined where none came. */
  async publish(topic: string, text: string): Promise<number | undefined> {
    const properties = { messageExpiryInterval: probeExpirySeconds }
    const code = this.#client.publishAsync(topic, text, { qos: 1, properties }).then(
      () => 0,
      (error: unknown) => reasonCode(error),
    )
    return withinLimit(code, packetLimitMs, undefined)
  }

  /** Whether this message has come. */
  heard(topic: string, text: string): boolean {
    return this.#heard.has(messageKey(topic, text))
  }

  /** Waits for it; false where it has not come within the limit. */
  async hears(topic: string, text: string): Promise<boolean> {
    const message = messageKey(topic, text)
    if (this.#heard.has(message)) return true
    const arrival = new Promise<true>(resolve => {
      this.#waiting.set(message, () => {
        resolve(true)
      })
    })
    return withinLimit(arrival, deliveryLimitMs, false)
  }

  /** Says goodbye, so that the broker logs no error. */
  async end(): Promise<void> {
    await withinLimit(this.#client.endAsync(), packetLimitMs, undefined)
  }
}

/** TCP, TLS and CONNACK together. */
const loginLimitMs = 8_000
const packetLimitMs = 5_000
const deliveryLimitMs = 5_000

/** Where a real client has a durable subscription to `#`, a probe must not wait in its queue. */
const probeExpirySeconds = 10

const late = {
  kind: 'closed',
  because: `no answer within ${String(loginLimitMs / 1000)} s`,
} as const

async function firstAnswer(client: MqttClient): Promise<LoginAnswer> {
  return new Promise(resolve => {
    client.once('connect', () => {
      resolve({ kind: 'admitted', session: new MqttSession(client) })
    })
    // It stays: without a listener a later error of this connection would end the process.
    client.on('error', error => {
      const code = reasonCode(error)
      resolve(
        code === undefined
          ? { kind: 'closed', because: closingWords(error.message) }
          : { kind: 'refused', code },
      )
    })
    client.once('close', () => {
      resolve({ kind: 'closed', because: 'the connection was closed without an answer' })
    })
  })
}

/** Node hands on OpenSSL's own line, of which the number is the part that says something. */
function closingWords(message: string): string {
  const alert = /SSL alert number (\d+)/.exec(message)?.[1]
  return alert === undefined ? message : alertWords(Number(alert))
}

/** MQTT.js puts the reason code of a CONNACK or PUBACK where Node puts the name of a failure. */
function reasonCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}

function connectOptions(door: MqttDoor, login: MqttLogin): IClientOptions {
  const { address, port, protocol, tls } = door
  const scheme = protocol === 'websockets' ? 'ws' : 'mqtt'
  const secure = tls === undefined ? {} : secureOptions(tls, login)
  return {
    ...secure,
    ...(protocol === 'websockets' ? { wsOptions: secure, path: '/mqtt' } : {}),
    protocol: tls === undefined ? scheme : `${scheme}s`,
    host: isIP(address) === 6 && protocol === 'websockets' ? `[${address}]` : address,
    port,
    protocolVersion: login.version,
    clientId: `bednet-canary-${randomBytes(6).toString('hex')}`,
    ...(login.username === undefined ? {} : { username: login.username }),
    ...(login.password === undefined ? {} : { password: login.password.reveal() }),
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: loginLimitMs,
    resubscribe: false,
  }
}

function secureOptions(
  { authorityPem, name }: { readonly authorityPem: string; readonly name: string },
  { certificate }: MqttLogin,
) {
  return {
    ca: authorityPem,
    rejectUnauthorized: true,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // The name of the broker, not the address of a tunnel or a sandbox, is what counts.
    checkServerIdentity: (_host: string, shown: PeerCertificate) =>
      checkServerIdentity(name, shown),
    ...(certificate === undefined ? {} : { cert: certificate.pem, key: certificate.key.reveal() }),
  }
}

function messageKey(topic: string, text: string): string {
  return `${topic} ${text}`
}
