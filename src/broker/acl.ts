import type { Fleet, Role } from '../profile/fleet.js'
import { canaries, canaryName, peerName, probeTopics } from './canary.js'
import { covers, overlaps, withName } from './topic.js'

/** One line of an ACL file; `deny` is always both ways. */
interface Rule {
  readonly access: 'read' | 'write' | 'readwrite' | 'deny'
  readonly topic: string
}

interface AccessList {
  readonly users: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
  /** The device role that is written as patterns, where that is exact. */
  readonly patternRole: string | undefined
  readonly patterns: readonly Rule[]
}

/**
 * Who may do what, in the fewest lines that say exactly that. A block per device costs Mosquitto
 * 2.0 half a minute at 100,000 devices, and takes queued messages from the absent ones at every
 * reload; one pattern per right of the role does neither, but holds for every client.
 */
export function accessList(fleet: Fleet): AccessList {
  const patternRole = patternableRole(fleet)
  const patterns = patternRole === undefined ? [] : rules(patternRole)
  const named = [
    ...fleet.users,
    ...(patternRole === undefined ? fleet.devices : []),
    ...fleet.roles
      .filter(role => role !== patternRole)
      .map(role => ({ name: canaryName(role), role: role.name })),
  ]
  return {
    users: [
      ...named.map(({ name, role }) => ({
        name,
        rules: clientRules(name, roleNamed(fleet, role), patterns),
      })),
      { name: peerName, rules: peerRules(fleet) },
    ],
    patternRole: patternRole?.name,
    patterns,
  }
}

/** The single role of all devices, if its patterns leave everybody else's own rights as they are. */
function patternableRole(fleet: Fleet): Role | undefined {
  const names = new Set(fleet.devices.map(device => device.role))
  const [only] = names
  if (only === undefined || names.size > 1) return undefined
  const role = roleNamed(fleet, only)
  const others = [
    ...fleet.users,
    ...fleet.roles.map(each => ({ name: canaryName(each), role: each.name })),
  ]
  const exact = others.every(
    other =>
      other.role === role.name || patternsSpare(roleNamed(fleet, other.role), other.name, role),
  )
  return exact ? role : undefined
}

/**
 * A denied pattern takes both ways. That is harmless where the own rights do not touch it, and
 * where they hold for every name alike: then only topics under the own name are lost, which no
 * device writes or reads.
 */
function patternsSpare(own: Role, name: string, patternRole: Role): boolean {
  const granted = [...own.publish, ...own.subscribe].map(filter => withName(filter, name))
  return rules(patternRole).every(pattern => {
    const topic = withName(pattern.topic, name)
    return (
      grants(own, name, { ...pattern, topic }) ||
      granted.every(filter => !overlaps(filter, topic) || isForEveryName(filter, pattern.topic))
    )
  })
}

function isForEveryName(filter: string, pattern: string): boolean {
  return pattern !== withName(pattern, '+') && covers(filter, withName(pattern, '+'))
}

function clientRules(name: string, role: Role, patterns: readonly Rule[]): readonly Rule[] {
  const denied = patterns
    .map(pattern => ({ ...pattern, topic: withName(pattern.topic, name) }))
    .filter(pattern => !grants(role, name, pattern))
    .map(({ topic }): Rule => ({ access: 'deny', topic }))
  const granted = rules(role).map(rule => ({ ...rule, topic: withName(rule.topic, name) }))
  return [...distinct(denied), ...granted]
}

/** The peer may hear and say what the canaries' probes need, and nothing else. */
function peerRules(fleet: Fleet): readonly Rule[] {
  const probes = canaries(fleet).flatMap(({ role }) => (role === undefined ? [] : [role]))
  const topics = probes.map(probeTopics)
  return merge(
    topics.flatMap(({ publish, forbidden }) => [
      ...publish,
      ...(forbidden === undefined ? [] : [forbidden]),
    ]),
    topics.flatMap(({ subscribe }) => subscribe),
  )
}

/** A role's rights as lines, a filter in both lists as one `readwrite`. */
function rules(role: Role): readonly Rule[] {
  return merge(role.subscribe, role.publish)
}

function merge(read: readonly string[], write: readonly string[]): readonly Rule[] {
  return [...new Set([...read, ...write])].map(topic => ({
    topic,
    access: !write.includes(topic) ? 'read' : read.includes(topic) ? 'readwrite' : 'write',
  }))
}

function grants(role: Role, name: string, { access, topic }: Rule): boolean {
  const covered = (filters: readonly string[]): boolean =>
    filters.some(filter => covers(withName(filter, name), topic))
  return (
    (access === 'write' || covered(role.subscribe)) && (access === 'read' || covered(role.publish))
  )
}

function distinct(list: readonly Rule[]): readonly Rule[] {
  return list.filter((rule, index) => list.findIndex(other => other.topic === rule.topic) === index)
}

function roleNamed(fleet: Fleet, name: string): Role {
  const role = fleet.roles.find(candidate => candidate.name === name)
  // `resolve` has checked every reference; an unknown role here would be a defect of ours.
  return role ?? { name, publish: [], subscribe: [] }
}
