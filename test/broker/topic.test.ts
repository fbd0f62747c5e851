import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covers, overlaps, withName } from '../../src/broker/topic.js'
import { matches } from './mosquitto-acl.js'

test.each<readonly [string, string, boolean]>([
  ['a/b', 'a/b', true],
  ['a/+', 'a/b', true],
  ['a/b', 'a/+', false],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'a/+', true],
  ['a/#', 'a/#', true],
  ['a/+', 'a/#', false],
  ['a/+', 'a', false],
  ['+/#', 'a', true],
  ['+/#', '#', true],
  ['+/+/#', '#', false],
  ['a/+/#', 'a/#', false],
  ['#', '+/a', true],
  ['#', '#', true],
  ['+', '#', false],
  ['+/+', 'a/+', true],
  ['a/+/c', 'a/b/+', false],
  ['#', '$SYS/#', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/broker/uptime', true],
  ['$SYS/#', '#', false],
  ['/a', 'a', false],
  ['+/a', '/a', true],
  ['a/+', 'a/', true],
  ['a', 'a/', false],
])('%s covers %s: %s', (outer, inner, expected) => {
  expect(covers(outer, inner)).toBe(expected)
})

test.each<readonly [string, string, boolean]>([
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/+', '+/b', true],
  ['a/+', 'b/+', false],
  ['a/#', 'a', true],
  ['a/#', '+', true],
  ['a/b/#', 'a', false],
  ['a/#', '+/b/c', true],
  ['#', 'a/b', true],
  ['#', '$SYS/a', false],
  ['+', '$SYS', false],
  ['$SYS/#', '$SYS/+', true],
  ['a/+', 'a', false],
  ['a/+', 'a/+/c', false],
])('%s and %s overlap: %s', (a, b, expected) => {
  expect([overlaps(a, b), overlaps(b, a)]).toEqual([expected, expected])
})

test.each([
  ['sensors/%u/#', 'sensors/esp32-1/#'],
  ['%u', 'esp32-1'],
  ['%u/%u', 'esp32-1/esp32-1'],
  ['x%u/a', 'x%u/a'],
  ['a/b', 'a/b'],
])('%s with a name: %s', (filter, expected) => {
  expect(withName(filter, 'esp32-1')).toBe(expected)
})

test('a name is put in as it is', () => {
  expect(withName('a/%u', '$&')).toBe('a/$&')
})

/**
 * Every topic of up to five levels, of which one no filter names: what holds of these holds of all,
 * for a filter has three levels, and it cannot tell one unknown level from another.
 */
const levels = ['a', 'b', 'unknown']
const topics = [1, 2, 3, 4].reduce<readonly string[]>(
  all => [...new Set([...all, ...all.flatMap(topic => levels.map(each => `${topic}/${each}`))])],
  [...levels, '$a'],
)
const filter = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', '+'), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '/#'),
  )
  .map(([first, end]) => `${first.join('/')}${end}`)
const anyFilter = fc.oneof(filter, fc.constantFrom('#', '+/#', '$a/#', '$a/+', '$a'))

describe('tried against every topic', () => {
  test('covers', () => {
    fc.assert(
      fc.property(anyFilter, anyFilter, (outer, inner) => {
        const isCovered = topics.every(topic => !matches(inner, topic) || matches(outer, topic))
        expect(covers(outer, inner)).toBe(isCovered)
      }),
      { numRuns: 150 },
    )
  })

  test('overlaps', () => {
    fc.assert(
      fc.property(anyFilter, anyFilter, (a, b) => {
        const isShared = topics.some(topic => matches(a, topic) && matches(b, topic))
        expect(overlaps(a, b)).toBe(isShared)
      }),
      { numRuns: 150 },
    )
  })
})
