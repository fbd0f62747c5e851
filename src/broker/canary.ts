import type { Fleet, Role } from '../profile/fleet.js'
import { covers, withName } from './topic.js'

/**
 * Reserved clients that prove the broker, so that nothing ever connects under the name of a real
 * device or user (it would take over the session and drop its queue).
 */
export interface Canary {
  readonly name: string
  readonly kind: 'role' | 'peer' | 'revoked' | 'expired' | 'not-yet-valid'
  /** The role it stands in for; undefined for those that are never let in, and for the peer. */
  readonly role: Role | undefined
}

/** The counterpart that hears what a canary publishes, and publishes what it hears. */
export const peerName = 'bednet-canary-peer'
export const revokedName = 'bednet-canary-revoked'

/** Nobody's name: what a canary must not reach is put under it. */
const strangerName = 'bednet-canary-other'
const freeLevel = 'bednet-probe'

export function canaries(fleet: Fleet): readonly Canary[] {
  return [
    ...fleet.roles.map(role => ({ name: canaryName(role), kind: 'role' as const, role })),
    { name: peerName, kind: 'peer', role: undefined },
    { name: revokedName, kind: 'revoked', role: undefined },
    { name: 'bednet-canary-expired', kind: 'expired', role: undefined },
    { name: 'bednet-canary-not-yet-valid', kind: 'not-yet-valid', role: undefined },
  ]
}

/** A role's name is short enough (32 characters) that this stays a common name (64). */
export function canaryName(role: Role): string {
  return `bednet-canary-${role.name}`
}

export interface ProbeTopics {
  /** The canary publishes, the peer hears it. */
  readonly publish: readonly string[]
  /** The peer publishes, the canary hears it. */
  readonly subscribe: readonly string[]
  /** The canary publishes, nobody may hear it; undefined where the role may publish everywhere. */
  readonly forbidden: string | undefined
  /** Filters with no level free for a probe: publishing there would reach real clients. */
  readonly untried: readonly string[]
}

export function probeTopics(role: Role): ProbeTopics {
  const name = canaryName(role)
  const tried = (filters: readonly string[]) => filters.filter(hasFreeLevel)
  return {
    publish: tried(role.publish).map(filter => probeTopic(filter, name)),
    subscribe: tried(role.subscribe).map(filter => probeTopic(filter, name)),
    forbidden: forbiddenTopic(role, name),
    untried: [...role.publish, ...role.subscribe].filter(filter => !hasFreeLevel(filter)),
  }
}

function hasFreeLevel(filter: string): boolean {
  return filter.split('/').some(level => level === '%u' || level === '+' || level === '#')
}

/** A topic that `filter` matches and that carries the canary's name or the probe's mark. */
function probeTopic(filter: string, name: string): string {
  return withName(filter, name)
    .split('/')
    .map(level => (level === '+' || level === '#' ? freeLevel : level))
    .join('/')
}

function forbiddenTopic(role: Role, name: string): string | undefined {
  const candidates = [
    ...role.publish
      .filter(filter => filter.includes('%u'))
      .map(filter => probeTopic(filter, strangerName)),
    `${strangerName}/${freeLevel}`,
  ]
  return candidates.find(topic =>
    role.publish.every(filter => !covers(withName(filter, name), topic)),
  )
}
