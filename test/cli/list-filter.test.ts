import { expect, test } from 'vitest'
import { parseArguments } from '../../src/cli/arguments.js'
import { listFilter } from '../../src/cli/list-filter.js'
import { verbs } from '../../src/cli/verbs.js'

const labels = (place: string) => ({ place, floor: '1' })
const rows = [
  { name: 'pump-1', role: 'sensor', state: 'good', labels: labels('hall 1') },
  { name: 'pump-2', role: 'sensor', state: 'expired', labels: labels('hall 2') },
  { name: 'pump-10', role: 'actor', state: 'good', labels: labels('a=b') },
  { name: 'pumpx1', role: undefined, state: 'left the profile', labels: undefined },
  { name: 'valve', role: 'actor', state: 'not issued', labels: undefined },
]

/** The filter of a command line, after `bednet list`. */
function filterOf(words: readonly string[]) {
  const request = parseArguments(['list', ...words], { verbs, environment: {} })
  if (request.kind !== 'call') throw new Error(`${words.join(' ')}: no call`)
  const states = ['good', 'expired', 'not issued', 'left the profile']
  return listFilter(request, { states, roles: ['sensor', 'actor', 'idle'], rows })
}

test.each<[string[], string]>([
  [[], 'pump-1 pump-2 pump-10 pumpx1 valve'],
  [['pump-1'], 'pump-1'],
  [['pump-1', 'valve'], 'pump-1 valve'],
  [['pump-*'], 'pump-1 pump-2 pump-10'],
  [['*1'], 'pump-1 pumpx1'],
  [['pump.*'], ''],
  [['--role', 'idle'], ''],
  [['p*1*'], 'pump-1 pump-10 pumpx1'],
  [['--role', 'actor'], 'pump-10 valve'],
  [['--state', 'good'], 'pump-1 pump-10'],
  [['--state', 'not-issued'], 'valve'],
  [['--state', 'left the profile'], 'pumpx1'],
  [['--label', 'place=hall 2'], 'pump-2'],
  [['--label', 'place=a=b'], 'pump-10'],
  [['--label', 'floor=1', '--label', 'place=hall 1'], 'pump-1'],
  [['--label', 'floor=2'], ''],
  [['pump*', '--role', 'sensor', '--state', 'good'], 'pump-1'],
])('list %j: %s', (words, names) => {
  const found = rows.filter(filterOf(words)).map(({ name }) => name)
  expect(found.join(' ')).toBe(names)
})

test.each<[string[], string, string]>([
  [['--state', 'god'], '--state: there is no state "god"', 'did you mean "good"?'],
  [
    ['--state', 'whatever'],
    '--state: there is no state "whatever"',
    'one of good, expired, not-issued, left-the-profile',
  ],
  [['--label', 'place'], '--label takes KEY=VALUE, not "place"', 'e.g. --label "place=hall 1"'],
  [['--label', '=x'], '--label takes KEY=VALUE, not "=x"', 'e.g. --label "place=hall 1"'],
])('list %j: %s', (words, message, hint) => {
  expect(() => filterOf(words)).toThrow(expect.objectContaining({ code: 'USAGE', message, hint }))
})

test.each<[string[], string, string]>([
  [['pump.1', 'valve'], 'there is no name "pump.1" here', 'did you mean "pump-1"?'],
  [['--role', 'actors'], 'there is no role "actors" here', 'did you mean "actor"?'],
  [['xyz'], 'there is no name "xyz" here', 'see "bednet list"'],
])('list %j: %s', (words, message, hint) => {
  const told = { code: 'NAME_UNKNOWN', message, hint: expect.stringContaining(hint) as string }
  expect(() => filterOf(words)).toThrow(expect.objectContaining(told))
})
