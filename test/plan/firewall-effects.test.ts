import { describe, expect, test } from 'vitest'
import { compareFirewall, parseFirewall } from '../../src/plan/firewall.js'
import { noRecord } from '../../src/plan/record.js'
import { machine } from './seen.js'

const ours = 'comment=6265646e657420677265656e686f757365' // bednet greenhouse
const theirs = 'comment=6d696e65' // mine
const both = (rule: string, comment: string) => [
  `4 ${rule} 0.0.0.0/0 any 0.0.0.0/0 in ${comment}`,
  `6 ${rule} ::/0 any ::/0 in ${comment}`,
]
const login = both('allow tcp 22', theirs)

interface Case {
  readonly name: string
  readonly rules?: readonly string[]
  readonly isActive?: boolean
  readonly enable?: boolean
  readonly opens: readonly string[]
  readonly closes: readonly string[]
}

const listening = [
  { address: '0.0.0.0', port: 22, program: 'sshd' },
  { address: '0.0.0.0', port: 8080, program: 'node' },
]
const anywhere = [{ port: 8883, from: 'any' }]

describe('who gets in afterwards and did not, or no longer does', () => {
  test.each<Case>([
    { name: 'a rule that is new', opens: ['8883/tcp from any'], closes: [] },
    {
      name: 'a rule that is there',
      rules: both('allow tcp 8883', ours),
      opens: [],
      closes: [],
    },
    {
      name: 'a rule of ours for another port',
      rules: both('allow tcp 8884', ours),
      opens: ['8883/tcp from any'],
      closes: ['8884/tcp from any'],
    },
    {
      name: 'one beside which another lets in too',
      rules: [...both('allow tcp 8884', ours), ...both('allow any 8884', theirs)],
      opens: ['8883/tcp from any'],
      closes: [],
    },
    { name: 'rules of an inactive firewall', isActive: false, opens: [], closes: [] },
    {
      name: 'enabling it',
      isActive: false,
      enable: true,
      opens: [],
      closes: ['8080/tcp (node)'],
    },
  ])('$name', ({ rules = [], isActive = true, enable = false, opens, closes }) => {
    const lines = ['installed', ...(isActive ? ['active'] : []), ...login, ...rules]
    const seen = parseFirewall(lines.join('\n'))
    const wanted = { site: 'greenhouse', enable, rules: anywhere }
    expect(compareFirewall(wanted, seen, machine({ listening }))).toMatchObject({ opens, closes })
  })
})

describe('with a record', () => {
  const record = { ...noRecord, rules: new Set(['8883 any']), firewallEnabled: true }
  const rules = [...anywhere, { port: 8884, from: 'any' }]
  const reasons = (lines: readonly string[], enable: boolean) =>
    compareFirewall(
      { site: 'greenhouse', enable, rules, record },
      parseFirewall(lines.join('\n')),
      machine({}),
    ).changes.map(({ because, isDrift }) => [because, isDrift])

  test('a rule that a transaction had made was removed since', () => {
    expect(reasons(['installed', 'active', ...login], false)).toEqual([
      ['removed on the host', true],
      ['no such rule', undefined],
    ])
  })

  test('a firewall that a transaction had enabled was disabled since', () => {
    const lines = ['installed', ...login, ...both('allow tcp 8883:8884', theirs)]
    expect(reasons(lines, true)).toEqual([['ufw was disabled on the host', true]])
  })
})
