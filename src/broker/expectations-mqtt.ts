import type { Fleet, Listener, Role } from '../profile/fleet.js'
import { canaries, canaryName, peerName, probeTopics, type ProbeTopics } from './canary.js'
import { needsCertificate } from './config.js'
import type { Check, Expectation, Login, Route } from './expectation.js'
import { covers, withName } from './topic.js'

/** Nobody has this name: a login under it must fail. */
const unknownName = 'bednet-canary-unknown'

/**
 * Who gets in by MQTT, and what may pass. The order matters where a certificate's name is the
 * client id: logins come first, for each would end a connection that is still open under its name.
 */
export function mqttExpectations(
  listener: Listener,
  { fleet }: { readonly fleet: Fleet },
  via: Route,
): readonly Expectation[] {
  const roles = rolesAt(listener, fleet)
  const names = roles.length === 0 ? [peerName] : roles.map(canaryName)
  const parts = [
    ...admitted(listener, names),
    ...refused(listener, names[0] ?? peerName),
    ...mosquittoClients(listener, roles),
    ...roles.flatMap(role => [
      ...delivered(listener, role),
      ...keptBack(listener, role, fleet),
      ...untried(role),
    ]),
  ]
  return parts.map(({ id, proves, check }) => ({
    id: `${String(listener.port)}/${id}`,
    proves,
    port: listener.port,
    via,
    check,
  }))
}

interface Part {
  readonly id: string
  readonly proves: string
  readonly check: Check
}

/** Certificates are for devices, passwords for users; a role that neither has gets in nowhere. */
function rolesAt({ admit }: Listener, { devices, users, roles }: Fleet): readonly Role[] {
  const held = new Set((admit === 'certificate' ? devices : users).map(({ role }) => role))
  return roles.filter(({ name }) => held.has(name))
}

function login(listener: Listener, name: string): Login {
  const certificate = needsCertificate(listener) ? name : undefined
  return listener.admit === 'certificate'
    ? { certificate, username: undefined, password: 'none' }
    : { certificate, username: name, password: 'own' }
}

function admitted(listener: Listener, names: readonly string[]): readonly Part[] {
  const current = names.map((name): Part => ({
    id: `login/${name}`,
    proves: `${name} is let in`,
    check: { kind: 'mqtt-admitted', as: login(listener, name), version: 5 },
  }))
  const older = names.slice(0, 1).map((name): Part => ({
    id: 'login/mqtt-3.1.1',
    proves: `${name} is let in with MQTT 3.1.1`,
    check: { kind: 'mqtt-admitted', as: login(listener, name), version: 4 },
  }))
  return [...current, ...older]
}

/** A listener for certificates alone asks for no password, so there is none to get wrong. */
function refused(listener: Listener, name: string): readonly Part[] {
  if (listener.admit === 'certificate') return []
  const good = login(listener, name)
  const cases: readonly (readonly [string, string, Login])[] = [
    ['wrong-password', 'a wrong password is refused', { ...good, password: 'wrong' }],
    ['no-password', 'a name without a password is refused', { ...good, password: 'none' }],
    [
      'unknown-user',
      'an unknown user is refused',
      { ...good, username: unknownName, password: 'wrong' },
    ],
    [
      'anonymous',
      'a client without name and password is refused',
      { ...good, username: undefined, password: 'none' },
    ],
  ]
  return cases.map(([id, proves, as]) => ({
    id: `login/${id}`,
    proves,
    check: { kind: 'mqtt-refused', as },
  }))
}

function delivered(listener: Listener, role: Role): readonly Part[] {
  const canary = login(listener, canaryName(role))
  const peer = login(listener, peerName)
  const { publish, subscribe } = triedTopics(role)
  return [
    ...publish.map((topic): Part => ({
      id: `publish/${role.name}/${topic}`,
      proves: `role ${role.name} can publish to ${topic}`,
      check: { kind: 'mqtt-delivered', from: canary, to: peer, topic },
    })),
    ...subscribe.map((topic): Part => ({
      id: `subscribe/${role.name}/${topic}`,
      proves: `role ${role.name} hears ${topic}`,
      check: { kind: 'mqtt-delivered', from: peer, to: canary, topic },
    })),
  ]
}

function keptBack(listener: Listener, role: Role, fleet: Fleet): readonly Part[] {
  const canary = login(listener, canaryName(role))
  const peer = login(listener, peerName)
  const { publish, subscribe, forbidden } = triedTopics(role)
  const unheard = foreignTopic(role, fleet)
  const parts: Part[] = []
  if (forbidden !== undefined) {
    parts.push({
      id: `forbidden/${role.name}/publish`,
      proves: `role ${role.name} cannot publish to ${forbidden}`,
      check: {
        kind: 'mqtt-kept-back',
        where: 'publish',
        from: canary,
        to: peer,
        topic: forbidden,
        control: publish[0],
      },
    })
  }
  // Nothing tells a message that is kept back from one that is late, but a later one that came.
  if (unheard !== undefined && subscribe[0] !== undefined) {
    parts.push({
      id: `forbidden/${role.name}/subscribe`,
      proves: `role ${role.name} does not hear ${unheard}`,
      check: {
        kind: 'mqtt-kept-back',
        where: 'delivery',
        from: peer,
        to: canary,
        topic: unheard,
        control: subscribe[0],
      },
    })
  }
  return parts
}

/** What the peer may say to another role's canary, and this role has no right to hear. */
function foreignTopic(role: Role, fleet: Fleet): string | undefined {
  const own = role.subscribe.map(filter => withName(filter, canaryName(role)))
  return canaries(fleet)
    .flatMap(canary => (canary.role === undefined ? [] : triedTopics(canary.role).subscribe))
    .find(topic => own.every(filter => !covers(filter, topic)))
}

/** Two filters may lead to one probe, and what begins with $ only the broker itself publishes. */
function triedTopics(role: Role): ProbeTopics {
  const topics = probeTopics(role)
  const distinct = (list: readonly string[]) =>
    [...new Set(list)].filter(topic => !topic.startsWith('$'))
  return {
    ...topics,
    publish: distinct(topics.publish),
    subscribe: distinct(topics.subscribe),
  }
}

function untried(role: Role): readonly Part[] {
  const reserved = [...role.publish, ...role.subscribe].filter(filter => filter.startsWith('$'))
  return [...new Set([...reserved, ...probeTopics(role).untried])].map(filter => ({
    id: `untried/${role.name}/${filter}`,
    proves: `role ${role.name} can use ${filter}`,
    check: {
      kind: 'untried',
      because: filter.startsWith('$')
        ? `only the broker itself publishes under ${filter}`
        : `${filter} has no level free for a probe: it would reach real clients`,
    },
  }))
}

/** One message a listener, by the tools that a person at the terminal uses. */
function mosquittoClients(listener: Listener, roles: readonly Role[]): readonly Part[] {
  const id = 'mosquitto-clients'
  const proves = 'a message goes from mosquitto_pub to mosquitto_sub'
  if (listener.protocol === 'websockets') {
    const because = 'the Mosquitto clients do not speak MQTT over WebSockets'
    return [{ id, proves, check: { kind: 'untried', because } }]
  }
  const peer = login(listener, peerName)
  const ways = roles.flatMap(role => {
    const canary = login(listener, canaryName(role))
    const { publish, subscribe } = triedTopics(role)
    return [
      ...publish.map(topic => ({ from: canary, to: peer, topic })),
      ...subscribe.map(topic => ({ from: peer, to: canary, topic })),
    ]
  })
  const [first] = ways
  return first === undefined ? [] : [{ id, proves, check: { kind: 'mosquitto-clients', ...first } }]
}
