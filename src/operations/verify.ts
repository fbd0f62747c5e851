import type { Check, Expectation, MqttCheck } from '../broker/expectation.js'
import { expectations, type Vantage } from '../broker/expectations.js'
import { withinLimit } from '../hosts/limit.js'
import { checkClients } from './verify-clients.js'
import { checkDelivery, Sessions } from './verify-delivery.js'
import { checkLogin } from './verify-login.js'
import { checkReach } from './verify-reach.js'
import { withScene, type Scene, type VerifyInput } from './verify-scene.js'
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

/** What runs at once is bounded, so that a small host is proven and not tried for its strength. */
const strandsAtOnce = 4
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

/** Ports first: behind one that does not answer, nothing else can be tried. */
async function runAll(scene: Scene, list: readonly Expectation[], settle: Settle): Promise<void> {
  const shut = new Map<number, string>()
  await inParallel(list.filter(isOpenCheck), async expectation => {
    const verdict = await runCheck(scene, expectation, new Sessions(scene))
    settle(expectation, verdict)
    if (verdict.status !== 'passed') shut.set(expectation.port, verdict.because)
  })
  await inParallel(strands(scene, list), async strand => {
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
  })
}

function isOpenCheck({ check }: Expectation): boolean {
  return check.kind === 'open'
}

function needsOpenPort({ kind }: Check): boolean {
  return kind !== 'closed' && kind !== 'untried'
}

/**
 * What must run one after the other. Where a certificate's name is the client id, a canary can be
 * connected only once in the whole broker; elsewhere a listener's checks share its connections.
 */
function strands(scene: Scene, list: readonly Expectation[]): readonly (readonly Expectation[])[] {
  const grouped = new Map<string, Expectation[]>()
  for (const expectation of list.filter(one => !isOpenCheck(one))) {
    const key = strandOf(scene, expectation)
    grouped.set(key, [...(grouped.get(key) ?? []), expectation])
  }
  return [...grouped.values()]
}

function strandOf({ doors }: Scene, { id, port, check }: Expectation): string {
  if (!isMqttCheck(check)) return id
  const admit = doors.get(port)?.listener.admit
  return admit === 'certificate' ? 'certificate names' : `port ${String(port)}`
}

function isMqttCheck(check: Check): check is MqttCheck {
  return check.kind.startsWith('mqtt-') || check.kind === 'mosquitto-clients'
}

async function inParallel<Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  const worker = async () => {
    for (const item of waiting) await run(item)
  }
  await Promise.all(Array.from({ length: strandsAtOnce }, worker))
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
