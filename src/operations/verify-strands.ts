import type { Check, Expectation } from '../broker/expectation.js'
import type { Scene } from './verify-scene.js'

/** What must run one after the other, in the order of the list. */
export function strands(
  doors: Scene['doors'],
  list: readonly Expectation[],
): readonly (readonly Expectation[])[] {
  const grouped = new Map<string, Expectation[]>()
  for (const expectation of list) {
    const key = strandOf(doors, expectation)
    grouped.set(key, [...(grouped.get(key) ?? []), expectation])
  }
  return [...grouped.values()]
}

/** Bounded, so that a small host is proven and not tried for its strength. */
export const strandsAtOnce = 4

/**
 * Where a certificate's name is the client id, a canary can be connected only once in the whole
 * broker. Elsewhere logins disturb nobody, and the messages of a listener share its connections.
 */
function strandOf(doors: Scene['doors'], { id, port, check }: Expectation): string {
  if (check.kind === 'mosquitto-clients') return 'mosquitto clients'
  if (!speaksMqtt(check)) return id
  if (doors.get(port)?.listener.admit === 'certificate') return 'certificate names'
  return check.kind === 'mqtt-admitted' || check.kind === 'mqtt-refused'
    ? id
    : `port ${String(port)}`
}

/** By a library, that is; the Mosquitto clients come before. */
export function speaksMqtt({ kind }: Check): boolean {
  return kind.startsWith('mqtt-')
}
