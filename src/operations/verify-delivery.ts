import { randomBytes } from 'node:crypto'
import type { Login, MqttCheck } from '../broker/expectation.js'
import type { MqttSession } from '../hosts/mqtt.js'
import { isAuthorizationRefusal, reasonWords } from '../hosts/reason-code.js'
import { judgeAdmitted, knockAs, missingCredential } from './verify-login.js'
import type { Door, Scene } from './verify-scene.js'
import { failed, passed, skipped, type Verdict } from './verify-verdict.js'

type DeliveryCheck = Extract<MqttCheck, { kind: 'mqtt-delivered' | 'mqtt-kept-back' }>

/** The connections of the canaries at one listener, opened when first needed and kept. */
export class Sessions {
  readonly #scene: Scene
  readonly #open = new Map<string, MqttSession>()
  #port: number | undefined

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** The session, or the reason why there is none. */
  async at(door: Door, login: Login): Promise<MqttSession | Verdict> {
    if (this.#port !== door.listener.port) await this.close()
    this.#port = door.listener.port
    const name = login.username ?? login.certificate ?? ''
    const open = this.#open.get(name)
    if (open?.isOpen === true) return open
    const missing = missingCredential(this.#scene, login)
    if (missing !== undefined) return skipped(missing)
    const answer = await knockAs(this.#scene, door, { login, version: 5 })
    if (answer.kind !== 'admitted') {
      return failed(`${name} does not get in: ${judgeAdmitted(answer).because}`)
    }
    this.#open.set(name, answer.session)
    return answer.session
  }

  async close(): Promise<void> {
    const sessions = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(sessions.map(session => session.end()))
  }
}

/** Whether a message gets from one canary to the other, or is kept from it. */
export async function checkDelivery(
  sessions: Sessions,
  door: Door,
  check: DeliveryCheck,
): Promise<Verdict> {
  const from = await sessions.at(door, check.from)
  if ('status' in from) return from
  const to = await sessions.at(door, check.to)
  if ('status' in to) return to
  return check.kind === 'mqtt-delivered'
    ? tryDelivery({ from, to }, check.topic)
    : tryKeptBack({ from, to }, check)
}

interface Pair {
  readonly from: MqttSession
  readonly to: MqttSession
}

async function tryDelivery({ from, to }: Pair, topic: string): Promise<Verdict> {
  const text = probeText()
  if (!(await to.subscribe(topic))) return failed('its listener could not subscribe')
  const code = await from.publish(topic, text)
  if (code !== 0) return failed(`not taken: ${pubackWords(code)}`)
  return (await to.hears(topic, text))
    ? passed('PUBACK 0, and it was delivered')
    : failed('PUBACK 0, but it was not delivered')
}

async function tryKeptBack(
  pair: Pair,
  { topic, where, control }: Extract<DeliveryCheck, { kind: 'mqtt-kept-back' }>,
): Promise<Verdict> {
  const text = probeText()
  const { from, to } = pair
  if (!(await to.subscribe(topic))) return failed('its listener could not subscribe')
  const code = await from.publish(topic, text)
  // A later message that came shows that this one is not merely late.
  const later = control === undefined ? undefined : await tryDelivery(pair, control)
  if (to.heard(topic, text)) return failed('it was delivered')
  if (where === 'publish') return judgeDenied(code, later)
  if (code !== 0) return skipped(`the broker did not take it from its peer: ${pubackWords(code)}`)
  return later?.status === 'passed'
    ? passed(`taken, and not delivered; a message to ${String(control)} after it was`)
    : failed(`nothing is delivered at all: ${String(later?.because)}`)
}

/** PUBACK 0x87 is an answer in itself; that nobody heard it counts where somebody was listening. */
function judgeDenied(code: number | undefined, later: Verdict | undefined): Verdict {
  if (code === undefined || !isAuthorizationRefusal(code)) {
    return failed(`not refused: ${pubackWords(code)}`)
  }
  const words = `PUBACK: ${reasonWords(code)}`
  if (later === undefined) return passed(words)
  return later.status === 'passed'
    ? passed(`${words}, and not delivered; an allowed message after it was`)
    : failed(`${words}, but an allowed message is not delivered either: ${later.because}`)
}

function pubackWords(code: number | undefined): string {
  if (code === undefined) return 'no PUBACK within the limit'
  return code === 0 ? 'PUBACK 0' : `PUBACK: ${reasonWords(code)}`
}

function probeText(): string {
  return `bednet-probe-${randomBytes(8).toString('hex')}`
}
