import type { Check, Expectation } from '../broker/expectation.js'
import { expectations, type Vantage } from '../broker/expectations.js'
import { withinLimit } from '../hosts/limit.js'
import { checkClients } from './verify-clients.js'
import { checkDelivery, Sessions } from './verify-delivery.js'
import { checkLogin } from './verify-login.js'
import { checkReach } from './verify-reach.js'
import { withScene, type Scene, type VerifyInput } from './verify-scene.js'
import { inParallel } from './parallel.js'
import { speaksMqtt, strands, strandsAtOnce } from './verify-strands.js'
import { checkTls } from './verify-tls.js'
import { failed, skipped, verdictOfError, type Verdict } from './verify-verdict.js'

/** One expectation and how it came out. */
export interface Proof extends Verdict {
  readonly id: string
  readonly proves: string
  readonly port: number
  readonly via: Expectation['via']
}

/**
 * Proves a running broker against its profile from where this runs. Only canaries connect; what
 * cannot be tried is skipped, with the reason. Each proof is reported when it is known, and all
 * come back in the order of the profile's listeners.
 */
export async function verifyBroker(input: VerifyInput): Promise<readonly Proof[]> {
  const { fleet, broker, version, world } = input
  const list = expectations({ fleet, broker, version, vantage: await vantageOf(input) })
  const proofs = new Map<string, Proof>()
  const settle = ({ id, proves, port, via }: Expectation, verdict: Verdict) => {
    proofs.set(id, { id, proves, port, via, ...verdict })
    world.report({
      kind: `proof-${verdict.status}`,
      message: `${id}: ${proves}: ${verdict.because}`,
      about: broker.name,
      progress: { done: proofs.size, total: list.length },
    })
  }
  await withScene(input, list, scene => runAll(scene, list, settle))
  return list.flatMap(({ id }) => proofs.get(id) ?? [])
}

/** A net under the limits of the tools and packets themselves. */
const checkLimitMs = 30_000
const seenFromLimitMs = 10_000

type Settle = (expectation: Expectation, verdict: Verdict) => void

async function vantageOf({ broker, fleet, host, target }: VerifyInput): Promise<Vantage> {
  if (broker.host.kind === 'sandbox') return { from: 'sandbox' }
  if (broker.host.kind === 'local') return { from: 'here' }
  const matters = fleet.listeners.some(({ sources }) => typeof sources !== 'string')
  if (target.seenFrom !== undefined || !matters)
    return { from: 'outside', address: target.seenFrom }
  const asked = host.answer({ from: `printf '%s' "\${1%% *}"` }).then(
    ({ from }) => from.trim() || undefined,
    () => undefined,
  )
  return { from: 'outside', address: await withinLimit(asked, seenFromLimitMs, undefined) }
}

/**
 * Ports first: behind one that does not answer, nothing else can be tried. The Mosquitto clients
 * before other MQTT: `mosquitto_sub` takes the first message of its topic, whoever sent it.
 */
async function runAll(scene: Scene, list: readonly Expectation[], settle: Settle): Promise<void> {
  const shut = new Map<number, string>()
  await inParallel(list.filter(isOpenCheck), strandsAtOnce, async expectation => {
    const verdict = await runCheck(scene, expectation, new Sessions(scene))
    settle(expectation, verdict)
    if (verdict.status !== 'passed') shut.set(expectation.port, verdict.because)
  })
  const rest = list.filter(one => !isOpenCheck(one))
  const early = rest.filter(({ check }) => !speaksMqtt(check))
  const late = rest.filter(({ check }) => speaksMqtt(check))
  for (const phase of [early, late]) {
    await inParallel(strands(scene.doors, phase), strandsAtOnce, strand =>
      runStrand(scene, strand, { shut, settle }),
    )
  }
}

async function runStrand(
  scene: Scene,
  strand: readonly Expectation[],
  { shut, settle }: { readonly shut: ReadonlyMap<number, string>; readonly settle: Settle },
): Promise<void> {
  const sessions = new Sessions(scene)
  try {
    for (const expectation of strand) {
      const closed = needsOpenPort(expectation.check) ? shut.get(expectation.port) : undefined
      const verdict =
        closed === undefined
          ? await runCheck(scene, expectation, sessions)
          : skipped(`port ${String(expectation.port)} does not answer: ${closed}`)
      settle(expectation, verdict)
    }
  } finally {
    await sessions.close()
  }
}

function isOpenCheck({ check }: Expectation): boolean {
  return check.kind === 'open'
}

function needsOpenPort({ kind }: Check): boolean {
  return kind !== 'closed' && kind !== 'untried'
}

async function runCheck(
  scene: Scene,
  expectation: Expectation,
  sessions: Sessions,
): Promise<Verdict> {
  const late = failed(`no result within ${String(checkLimitMs / 1000)} s`)
  try {
    return await withinLimit(tryCheck(scene, expectation, sessions), checkLimitMs, late)
  } catch (error) {
    return verdictOfError(error)
  }
}

async function tryCheck(
  scene: Scene,
  { port, check }: Expectation,
  sessions: Sessions,
): Promise<Verdict> {
  const door = scene.doors.get(port)
  if (door === undefined) return skipped(`the profile has no listener on port ${String(port)}`)
  switch (check.kind) {
    case 'untried':
      return skipped(check.because)
    case 'open':
    case 'closed':
      return checkReach(scene, door, check)
    case 'mqtt-admitted':
    case 'mqtt-refused':
      return checkLogin(scene, door, check)
    case 'mqtt-delivered':
    case 'mqtt-kept-back':
      return checkDelivery(sessions, door, check)
    case 'mosquitto-clients':
      return checkClients(scene, door, check)
    default:
      return checkTls(scene, door, check)
  }
}
