import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accessList } from '../../src/broker/acl.js'
import { canaries, canaryName, peerName, probeTopics } from '../../src/broker/canary.js'
import { renderAccessList } from '../../src/broker/config.js'
import type { Fleet, Role } from '../../src/profile/fleet.js'
import { article, quickstart, sketch } from '../operations/verify-fleets.js'
import { judge, matches, type Attempt, type Way } from './mosquitto-acl.js'
import { fleetOf, role, templates } from './small.js'

test.each<readonly [string, Fleet]>([
  ['quickstart', quickstart],
  ['article', article],
  ['sketch', sketch],
  ['nobody', { ...quickstart, users: [], devices: [], roles: [] }],
])('the ACL file: %s', async (name, fleet) => {
  const text = renderAccessList(templates, fleet)
  await expect(text).toMatchFileSnapshot(`../golden/broker/acl-${name}.txt`)
})

const sensor = 'p:sensors/%u/# s:commands/%u/#'

/** The rights of the devices and of a user called "dash": is a pattern exact? */
describe('devices of one role', () => {
  test.each<{ name: string; device: string; user: string; denied?: readonly string[] }>([
    {
      name: 'rights that hold for every name',
      device: sensor,
      user: 'p:commands/# s:sensors/#',
      denied: ['commands/dash/#', 'sensors/dash/#'],
    },
    {
      name: 'rights elsewhere',
      device: sensor,
      user: 's:weather/#',
      denied: ['commands/dash/#', 'sensors/dash/#'],
    },
    { name: 'all rights', device: sensor, user: 'p:# s:#' },
    { name: 'both ways of a pattern', device: 'p:sensors/%u/#', user: 'p:sensors/#' },
    { name: 'one way of two', device: 'p:x/%u s:x/%u', user: 's:x/+', denied: ['x/dash'] },
    { name: 'what begins with $', device: 'p:+/%u', user: 's:$SYS/dash', denied: ['+/dash'] },
  ])('are patterns beside $name', ({ device, user, denied = [] }) => {
    const list = accessList(oneUser(device, user))
    expect(list.patternRole).toBe('device')
    const dash = list.users.find(({ name }) => name === 'dash')?.rules ?? []
    expect(dash.filter(({ access }) => access === 'deny').map(({ topic }) => topic)).toEqual(denied)
  })

  test.each<{ name: string; device: string; user: string }>([
    { name: 'a part of a pattern', device: sensor, user: 's:sensors/+/state' },
    { name: 'a part by name', device: sensor, user: 's:sensors/dash/state' },
    { name: 'its own topics', device: sensor, user: 's:sensors/%u/#' },
    {
      name: 'the other way of a topic without a name',
      device: 'p:sensors/%u/# p:alarms',
      user: 's:alarms',
    },
    { name: 'the other way of a wider filter', device: 'p:alarms/+', user: 's:alarms/#' },
    { name: 'the other way of everything', device: 'p:#', user: 's:#' },
  ])('are blocks beside $name', ({ device, user }) => {
    const list = accessList(oneUser(device, user))
    expect(list).toMatchObject({ patternRole: undefined, patterns: [] })
    expect(list.users.map(({ name }) => name)).toContain('d1')
  })

  test('are blocks where the canary of another role would lose its own', () => {
    const roles = [role('device', 'p:alarms'), role('unused', 's:alarms')]
    expect(accessList(fleetOf({ roles, devices: { d1: 'device' } })).patternRole).toBeUndefined()
  })

  test('are patterns beside users of the same role', () => {
    const roles = [role('device', sensor)]
    const fleet = fleetOf({ roles, users: { dash: 'device' }, devices: { d1: 'device' } })
    expect(accessList(fleet).patternRole).toBe('device')
  })
})

test('devices of two roles are blocks, and a canary stands for each role', () => {
  const list = accessList(sketch)
  expect(list.patternRole).toBeUndefined()
  expect(list.users.map(({ name }) => name)).toEqual([
    'mqtt',
    'esp32-001',
    'pump-1',
    'bednet-canary-sensor',
    'bednet-canary-pump',
    'bednet-canary-operator',
    'bednet-canary-peer',
  ])
})

const level = fc.constantFrom('a', 'b', '%u', '+')
const filter = fc
  .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '/#'))
  .map(([levels, end]) => `${levels.join('/')}${end}`)
const filters = fc.uniqueArray(fc.oneof(filter, fc.constantFrom('#', '$a/#', '$a/%u')), {
  maxLength: 3,
})
const rights = fc.record({ publish: filters, subscribe: filters })

/** A user called like a level of topics, and two devices; who has which role is drawn too. */
const anyFleet = fc
  .record({
    one: rights,
    two: rights,
    user: fc.constantFrom('one', 'two'),
    device: fc.constantFrom('one', 'two'),
  })
  .map(({ one, two, user, device }) =>
    fleetOf({
      roles: [
        { name: 'one', ...one },
        { name: 'two', ...two },
      ],
      users: { a: user },
      devices: { x: 'one', zz: device },
    }),
  )
const topicLevel = fc.constantFrom('a', 'b', 'c', 'x', 'zz', 'bednet-canary-two')
const topic = fc
  .tuple(fc.constantFrom('', '', '$'), fc.array(topicLevel, { minLength: 1, maxLength: 4 }))
  .map(([start, levels]) => start + levels.join('/'))
const messages = fc.array(fc.record({ way: fc.constantFrom<Way>('read', 'write'), topic }), {
  minLength: 20,
  maxLength: 20,
})

describe('Mosquitto grants each name what its role was given', () => {
  test('no more; and no less, but for what lies under its own name', () => {
    fc.assert(
      fc.property(anyFleet, messages, (fleet, tried) => {
        const may = judge(renderAccessList(templates, fleet))
        const wrong = everybody(fleet).flatMap(({ name, role: own }) =>
          tried
            .map(message => ({ name, ...message }))
            .filter(attempt => may(attempt) !== grants(own, attempt))
            .filter(attempt => may(attempt) || !isLost(fleet, own, attempt)),
        )
        expect(wrong).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('and the peer what the probes need', () => {
    fc.assert(
      fc.property(anyFleet, fleet => {
        const may = judge(renderAccessList(templates, fleet))
        const needs = canaries(fleet).flatMap(({ role: own }) => (own ? probesOf(own) : []))
        expect(needs.filter(need => !may({ name: peerName, ...need }))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['stranger', quickstart, false],
    ['stranger', sketch, false],
    // Positive control: to whoever has a certificate, a pattern does give.
    ['sensors', quickstart, true],
  ])('and a name like %s that nobody has only what patterns give', (name, fleet, expected) => {
    const may = judge(renderAccessList(templates, fleet))
    const topics = ['alarms', 'sensors/sensors/x', 'sensors/sensor-1/x', '$SYS/x']
    const ways = ['read', 'write'] as const
    const all = topics.flatMap(each => ways.map(way => may({ name, way, topic: each })))
    expect(all.includes(true)).toBe(expected)
  })
})

function probesOf(own: Role): readonly { way: Way; topic: string }[] {
  const { publish, subscribe, forbidden } = probeTopics(own)
  const heard = forbidden === undefined ? publish : [...publish, forbidden]
  return [
    ...heard.map(at => ({ way: 'read' as const, topic: at })),
    ...subscribe.map(at => ({ way: 'write' as const, topic: at })),
  ]
}

/**
 * A pattern that is denied to a name takes the other way too. What goes is only what the name was
 * given because it was given it for every name.
 */
function isLost(fleet: Fleet, own: Role, attempt: Attempt): boolean {
  const { patternRole } = accessList(fleet)
  const device = fleet.roles.find(each => each.name === patternRole)
  if (device === undefined || device === own) return false
  return [...device.publish, ...device.subscribe].some(pattern => {
    const levels = pattern.split('/')
    const elsewhere = attempt.topic
      .split('/')
      .map((each, index) => (levels[index] === '%u' ? 'c' : each))
      .join('/')
    return (
      levels.includes('%u') &&
      matches(named(pattern, attempt.name), attempt.topic) &&
      grants(own, { ...attempt, topic: elsewhere })
    )
  })
}

function grants(own: Role, { name, way, topic: at }: Attempt): boolean {
  const given = way === 'read' ? own.subscribe : own.publish
  return given.some(each => matches(named(each, name), at))
}

function everybody(fleet: Fleet): readonly { name: string; role: Role }[] {
  const clients = [
    ...fleet.users,
    ...fleet.devices,
    ...fleet.roles.map(each => ({ name: canaryName(each), role: each.name })),
  ]
  return clients.flatMap(({ name, role: own }) =>
    fleet.roles.filter(each => each.name === own).map(each => ({ name, role: each })),
  )
}

function named(text: string, name: string): string {
  return text.replaceAll('%u', name)
}

function oneUser(device: string, user: string): Fleet {
  const roles = [role('device', device), role('user', user)]
  return fleetOf({ roles, users: { dash: 'user' }, devices: { d1: 'device' } })
}
