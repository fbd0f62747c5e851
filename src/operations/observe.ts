import { desired, packagesFor, type Holdings } from '../broker/desired.js'
import type { Templates } from '../broker/render.js'
import { BednetError } from '../error.js'
import type { Host } from '../hosts/host.js'
import { hostPaths } from '../plan/generation.js'
import { makePlan, parseAnswers, questions, type Observed } from '../plan/plan.js'
import type { Plan } from '../plan/resource.js'
import type { Target } from './target.js'

/** Looks at a host, in one exchange; nothing is written there. */
export async function observe({ broker, fleet }: Target, host: Host): Promise<Observed> {
  const observed = parseAnswers(await host.answer(questionsFor({ broker, fleet })))
  const { services, system } = observed.machine
  if (services !== 'child' && !/^(debian|ubuntu|raspbian|linuxmint|pop)\b/.test(system)) {
    throw new BednetError('HOST_UNSUPPORTED', `${host.address} runs "${system}"`, {
      at: `broker "${broker.name}"`,
      hint: 'bednet installs packages by apt: take a host with Debian, Ubuntu or one of their kin',
    })
  }
  if (services === 'child' && observed.packages.mosquitto === undefined) {
    throw new BednetError('TOOL_MISSING', '"mosquitto" is not installed on this machine', {
      at: `broker "${broker.name}"`,
      hint: 'on Debian and Ubuntu: apt install mosquitto mosquitto-clients openssl',
    })
  }
  return observed
}

function questionsFor({ broker, fleet }: Pick<Target, 'broker' | 'fleet'>) {
  const archive = broker.host.kind === 'sandbox' ? undefined : fleet.archive
  // What services there are is an answer too, so all is asked for that any host would need.
  return questions(packagesFor(fleet, broker, 'sysv'), archive)
}

/** What must change on a host that was looked at. */
export function planFor(
  { broker, fleet }: Target,
  { holdings, templates, observed, host }: PlanInput,
): Plan {
  const target = {
    folder: hostPaths(host.root).current,
    ipv6Loopback: observed.machine.ipv6Loopback,
  }
  const { services } = observed.machine
  const input = { fleet, broker, holdings, target, version: versionOf(observed), services }
  return makePlan(desired(templates, input), observed)
}

interface PlanInput {
  readonly holdings: Holdings
  readonly templates: Templates
  readonly observed: Observed
  readonly host: Pick<Host, 'root'>
}

/**
 * Of Mosquitto: as a new archive brings it, else as it is there, else as apt would install it. Where neither is known the oldest that
 * bednet knows is planned for; the look after the first `up` sees the real one and plans again.
 */
export function versionOf({ packages, archive }: Pick<Observed, 'packages' | 'archive'>): string {
  return archive.candidate ?? packages.mosquitto ?? oldestVersion
}

const oldestVersion = '2.0.11'
