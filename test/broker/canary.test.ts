import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  canaries,
  canaryName,
  peerName,
  probeTopics,
  revokedName,
} from '../../src/broker/canary.js'
import { quickstart } from '../operations/verify-fleets.js'
import { matches } from './mosquitto-acl.js'
import { role } from './small.js'

test('one for each role, and five that are always there', () => {
  expect(canaries(quickstart).map(({ name, kind, role: own }) => [name, kind, own?.name])).toEqual([
    ['bednet-canary-sensor', 'role', 'sensor'],
    ['bednet-canary-viewer', 'role', 'viewer'],
    [peerName, 'peer', undefined],
    [revokedName, 'revoked', undefined],
    ['bednet-canary-expired', 'expired', undefined],
    ['bednet-canary-not-yet-valid', 'not-yet-valid', undefined],
  ])
})

test('the longest role still makes a common name', () => {
  expect(canaryName(role('r'.repeat(32), '')).length).toBeLessThanOrEqual(64)
})

const own = 'bednet-canary-r'
const other = 'bednet-canary-other'

test.each<readonly [string, Partial<ReturnType<typeof probeTopics>>]>([
  [
    'p:sensors/%u/# s:commands/%u/#',
    {
      publish: [`sensors/${own}/bednet-probe`],
      subscribe: [`commands/${own}/bednet-probe`],
      forbidden: `sensors/${other}/bednet-probe`,
      untried: [],
    },
  ],
  ['p:a/+/b', { publish: ['a/bednet-probe/b'], forbidden: `${other}/bednet-probe` }],
  ['p:#', { publish: ['bednet-probe'], forbidden: undefined }],
  ['p:+/#', { publish: ['bednet-probe/bednet-probe'], forbidden: undefined }],
  // Everybody's name is covered by the second, so the first forbids nothing.
  ['p:a/%u p:a/+', { publish: [`a/${own}`, 'a/bednet-probe'], forbidden: `${other}/bednet-probe` }],
  ['p:alarms s:news', { publish: [], subscribe: [], untried: ['alarms', 'news'] }],
  ['s:#', { publish: [], subscribe: ['bednet-probe'], forbidden: `${other}/bednet-probe` }],
  ['', { publish: [], subscribe: [], untried: [], forbidden: `${other}/bednet-probe` }],
])('probes of "%s"', (rights, expected) => {
  expect(probeTopics(role('r', rights))).toMatchObject(expected)
})

const level = fc.constantFrom('a', 'b', '%u', '+')
const filter = fc
  .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '/#'))
  .map(([levels, end]) => `${levels.join('/')}${end}`)
const filters = fc.uniqueArray(fc.oneof(filter, fc.constant('#')), { maxLength: 4 })

test('what is tried is granted, what is forbidden is not, and no real client hears either', () => {
  fc.assert(
    fc.property(filters, filters, (publish, subscribe) => {
      const probes = probeTopics({ name: 'r', publish, subscribe })
      const granted = (given: readonly string[], topic: string): boolean =>
        given.some(each => matches(each.replaceAll('%u', own), topic))
      expect(probes.publish.filter(topic => !granted(publish, topic))).toEqual([])
      expect(probes.subscribe.filter(topic => !granted(subscribe, topic))).toEqual([])
      const forbidden = probes.forbidden === undefined ? [] : [probes.forbidden]
      expect(forbidden.filter(topic => granted(publish, topic))).toEqual([])
      const all = [...probes.publish, ...probes.subscribe, ...forbidden]
      expect(
        all.filter(topic => !/bednet-(canary|probe)/.test(topic) || /[+#%]/.test(topic)),
      ).toEqual([])
    }),
  )
})
