import { describe, expect, test } from 'vitest'
import { shellLine } from '../../src/command.js'
import { compareFirewall, firewallQuestion, parseFirewall } from '../../src/plan/firewall.js'
import type { ListeningPort } from '../../src/plan/machine.js'
import type { FirewallRule } from '../../src/plan/resource.js'
import { answerTo, recorded, releases } from './answer.js'
import { machine } from './seen.js'

const ours = 'comment=6265646e657420677265656e686f757365'
const theirs = 'comment=666f7220746865207761726473' // for the wards

describe.each(releases)('the files of ufw on %s', release => {
  const seen = (state: string) =>
    parseFirewall(
      answerTo(firewallQuestion, {
        tools: { ufw: '' },
        files: {
          '/etc/ufw/ufw.conf': recorded(release, `ufw-conf-${state}`),
          '/etc/ufw/user.rules': recorded(release, `ufw-user-rules-${state}`),
          '/etc/ufw/user6.rules': recorded(release, `ufw-user6-rules-${state}`),
        },
      }),
    )

  test.each(['fresh', 'added', 'enabled'])('%s', async state => {
    const { rules, ...rest } = seen(state)
    const lines = rules.map(rule => `${JSON.stringify(rule)}\n`)
    const text = `${JSON.stringify(rest)}\n${lines.join('')}`
    await expect(text).toMatchFileSnapshot(`../golden/plan/firewall-${state}.txt`)
  })
})

test('a host without ufw', () => {
  const seen = parseFirewall(answerTo(firewallQuestion, {}))
  expect(seen).toEqual({ installed: false, active: false, ipv4Only: false, rules: [] })
})

interface Case {
  readonly name: string
  /** 22/tcp is open from the start, so that it is no part of any answer; `4 ` or `6 ` is the file. */
  readonly seen: readonly string[]
  readonly rules?: readonly FirewallRule[]
  readonly enable?: boolean
  readonly listening?: readonly ListeningPort[]
  readonly commands?: readonly string[]
  readonly undo?: readonly string[]
  readonly notes?: readonly string[]
}

const anywhere = [{ port: 8883, from: 'any' }]
const wards = [{ port: 8883, from: '192.0.2.0/24' }]
const active = ['installed', 'active', '4 limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in']
const inactive = ['installed', '4 allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in']
const ssh6 = '6 allow tcp 22 ::/0 any ::/0 in'
const both = (rule: string, comment = ''): readonly string[] => [
  `4 ${rule} 0.0.0.0/0 any 0.0.0.0/0 in ${comment}`.trim(),
  `6 ${rule} ::/0 any ::/0 in ${comment}`.trim(),
]
const allow = (from: string, port = '8883'): string =>
  `ufw allow proto tcp from ${from} to any port ${port} comment 'bednet greenhouse'`
const remove = (from: string, port = '8883'): string =>
  `ufw delete allow proto tcp from ${from} to any port ${port}`

const satisfied: readonly Case[] = [
  { name: 'our rule', seen: both('allow tcp 8883', ours) },
  { name: 'a rule without a comment', seen: both('allow tcp 8883') },
  { name: "a rule with somebody's comment", seen: both('allow tcp 8883', theirs) },
  { name: 'a limit', seen: both('limit tcp 8883') },
  { name: 'a rule that logs', seen: both('allow_log tcp 8883') },
  { name: 'a rule for every protocol', seen: both('allow any 8883') },
  { name: 'a range of ports', seen: both('allow tcp 8880:8890') },
  { name: 'a list of ports', seen: both('allow tcp 80,443,8883') },
  { name: 'a rule for everything', seen: both('allow any any') },
  {
    name: 'an application',
    seen: [
      '4 allow tcp 8883 0.0.0.0/0 any 0.0.0.0/0 Mosquitto - in',
      '6 allow tcp 8883 ::/0 any ::/0 Mosquitto - in',
    ],
  },
  { name: 'a wider rule', rules: wards, seen: both('allow tcp 8883') },
  {
    name: 'the same block',
    rules: wards,
    seen: ['4 allow tcp 8883 0.0.0.0/0 any 192.0.2.0/24 in'],
  },
  {
    name: 'one address, which ufw writes without its mask',
    rules: [{ port: 8883, from: '192.0.2.7/32' }],
    seen: ['4 allow tcp 8883 0.0.0.0/0 any 192.0.2.7 in'],
  },
  {
    name: 'one IPv6 address',
    rules: [{ port: 8883, from: '2001:DB8::7/128' }],
    seen: ['6 allow tcp 8883 ::/0 any 2001:db8::7 in'],
  },
  {
    name: 'IPv4 alone, where ufw knows no IPv6',
    seen: ['ipv4-only', '4 allow tcp 8883 0.0.0.0/0 any 0.0.0.0/0 in'],
  },
]

const unsatisfied: readonly Case[] = [
  { name: 'no rule', seen: [] },
  { name: 'a rule for IPv4 only', seen: ['4 allow tcp 8883 0.0.0.0/0 any 0.0.0.0/0 in'] },
  { name: 'a rule for IPv6 only', seen: ['6 allow tcp 8883 ::/0 any ::/0 in'] },
  { name: 'a denial', seen: both('deny tcp 8883') },
  { name: 'UDP', seen: both('allow udp 8883') },
  { name: 'another port', seen: both('allow tcp 8884') },
  { name: 'a range beside it', seen: both('allow tcp 8884:8890') },
  { name: 'a rule for forwarding', seen: both('route:allow tcp 8883') },
  { name: 'a rule for one block', seen: ['4 allow tcp 8883 0.0.0.0/0 any 192.0.2.0/24 in'] },
  {
    name: 'a rule for one interface',
    seen: [
      '4 allow tcp 8883 0.0.0.0/0 any 0.0.0.0/0 in_eth0',
      '6 allow tcp 8883 ::/0 any ::/0 in_eth0',
    ],
  },
  {
    name: 'a rule for the way out',
    seen: ['4 allow tcp 8883 0.0.0.0/0 any 0.0.0.0/0 out', '6 allow tcp 8883 ::/0 any ::/0 out'],
  },
  {
    name: 'a rule for one destination',
    seen: [
      '4 allow tcp 8883 192.0.2.10 any 0.0.0.0/0 in',
      '6 allow tcp 8883 2001:db8::10 any ::/0 in',
    ],
  },
]

const differences: readonly Case[] = [
  {
    name: 'each block has its rule',
    rules: [...wards, { port: 8883, from: '2001:db8::/32' }],
    seen: [],
    commands: [allow('192.0.2.0/24'), allow('2001:db8::/32')],
    undo: [remove('192.0.2.0/24'), remove('2001:db8::/32')],
  },
  {
    name: 'only ours is deleted, once for both files',
    rules: [],
    seen: [
      ...both('allow tcp 8883', ours),
      ...both('allow tcp 8884', theirs),
      ...both('allow tcp 80'),
    ],
    commands: [remove('any')],
    undo: [allow('any')],
  },
  {
    name: 'of another site, nothing is ours',
    rules: [],
    seen: both('allow tcp 8883', 'comment=6265646e65742073686564'), // bednet shed
    commands: [],
  },
  {
    name: 'what somebody has made of our rule, ufw would not find to delete',
    rules: [],
    seen: [...both('limit tcp 8883', ours), ...both('allow tcp 80,443', ours)],
    commands: [],
  },
  {
    name: 'our wider rule makes room for a narrower one',
    rules: wards,
    seen: both('allow tcp 8883', ours),
    commands: [allow('192.0.2.0/24'), remove('any')],
    undo: [remove('192.0.2.0/24'), allow('any')],
  },
  {
    name: 'where ufw knows no IPv6, it is not asked to',
    rules: [...wards, { port: 8883, from: '2001:db8::/32' }],
    seen: ['ipv4-only'],
    commands: [allow('192.0.2.0/24')],
    undo: [remove('192.0.2.0/24')],
    notes: ['firewall 8883/tcp from 2001:db8::/32 stays closed: /etc/default/ufw says IPV6=no'],
  },
]

describe('an active firewall', () => {
  test.each(satisfied)('$name is enough', ({ seen, rules = anywhere }) => {
    expect(compared([...active, ssh6, ...seen], rules, false)).toMatchObject(unchanged)
  })

  test.each(unsatisfied)('$name is not enough', ({ seen }) => {
    const { changes, commands } = compared([...active, ssh6, ...seen], anywhere, false)
    const because = 'no such rule'
    expect(changes).toEqual([{ resource: 'firewall 8883/tcp from any', action: 'create', because }])
    expect(commands).toEqual([allow('any')])
  })

  test.each(differences)('$name', ({ seen, rules = [], commands, undo = [], notes = [] }) => {
    const difference = compared([...active, ssh6, ...seen], rules, false)
    expect(difference).toMatchObject({ commands, undo, notes, enable: false })
  })

  test('what is there already is counted', () => {
    const seen = [...active, ...both('allow tcp 8883', theirs)]
    const rules = [...anywhere, ...wards.map(({ from }) => ({ port: 8884, from }))]
    expect(compared(seen, rules, false)).toMatchObject({ same: 1, changes: [{}] })
  })

  test('a rule of ours that left the profile says so', () => {
    const { changes } = compared([...active, ...both('allow tcp 8883', ours)], [], false)
    const because = 'ours, and no longer in the profile'
    expect(changes).toEqual([{ resource: 'firewall 8883/tcp from any', action: 'delete', because }])
  })

  test('our rule for our own way in stays', () => {
    const seen = ['installed', 'active', ...both('allow tcp 22', ours)]
    expect(compared(seen, [], false)).toMatchObject(unchanged)
    expect(compared(seen, [], true)).toMatchObject(unchanged)
  })
})

describe('a firewall that is inactive', () => {
  test('gets the rules, and is left inactive', () => {
    const { commands, enable, notes } = compared(['installed'], anywhere, false)
    expect({ commands, enable, notes }).toEqual({
      commands: [allow('any')],
      enable: false,
      notes: [],
    })
  })

  test('is no reason for a change where its rules are there', () => {
    expect(compared(['installed', ...both('allow tcp 8883')], anywhere, false)).toMatchObject(
      unchanged,
    )
  })

  test('and not installed gets nothing', () => {
    expect(compared([], anywhere, false)).toMatchObject(unchanged)
  })

  test('and not installed is enabled where the profile says so', () => {
    const { commands, enable } = compared([], anywhere, true)
    expect({ commands, enable }).toEqual({
      commands: [allow('any', '22'), allow('any')],
      enable: true,
    })
  })

  test('is enabled with the SSH port allowed first', () => {
    const { changes, commands, undo, enable } = compared(['installed'], anywhere, true)
    expect(changes.map(change => `${change.resource}: ${change.because}`)).toEqual([
      'firewall 22/tcp from any: no such rule',
      'firewall 8883/tcp from any: no such rule',
      'firewall: ufw is inactive',
    ])
    expect(commands).toEqual([allow('any', '22'), allow('any')])
    expect(undo).toEqual([remove('any', '22'), remove('any')])
    expect(enable).toBe(true)
  })

  test.each([
    { name: 'another SSH port', sshPort: 2222, listening: [], ports: ['2222'] },
    {
      name: 'no SSH, every port of sshd',
      sshPort: undefined,
      listening: [22, 22, 2022].map(port => ({ address: '0.0.0.0', port, program: 'sshd' })),
      ports: ['22', '2022'],
    },
  ])('is enabled from $name', ({ sshPort, listening, ports }) => {
    const difference = compareFirewall(
      { site: 'greenhouse', enable: true, rules: [] },
      parseFirewall('installed\n'),
      machine({ sshPort, listening }),
    )
    const lines = difference.commands.map(({ run }) => shellLine(run))
    expect(lines).toEqual(ports.map(port => allow('any', port)))
  })
})

describe('enabling names what it closes', () => {
  const rules = [...both('allow tcp 80,443'), ...both('deny tcp 3306'), ...both('allow udp 53')]
  test.each<readonly [ListeningPort, string | undefined]>([
    [{ address: '0.0.0.0', port: 8080, program: 'node' }, '8080/tcp (node)'],
    [{ address: '*', port: 8080, program: undefined }, '8080/tcp (unknown)'],
    [{ address: '::', port: 1999, program: 'mosquitto' }, '1999/tcp (mosquitto)'],
    [{ address: '192.0.2.10', port: 3306, program: 'mariadbd' }, '3306/tcp (mariadbd)'],
    [{ address: '0.0.0.0', port: 53, program: 'dnsmasq' }, '53/tcp (dnsmasq)'],
    [{ address: '0.0.0.0', port: 443, program: 'nginx' }, undefined],
    [{ address: '0.0.0.0', port: 8883, program: 'mosquitto' }, undefined],
    [{ address: '0.0.0.0', port: 22, program: 'sshd' }, undefined],
    [{ address: '127.0.0.1', port: 5432, program: 'postgres' }, undefined],
    [{ address: '127.0.0.53', port: 5300, program: 'systemd-resolve' }, undefined],
    [{ address: '::1', port: 5432, program: 'postgres' }, undefined],
    [{ address: '::ffff:127.0.0.1', port: 9200, program: 'java' }, undefined],
  ])('%j: %s', (listening, closed) => {
    const { notes } = compareFirewall(
      { site: 'greenhouse', enable: true, rules: anywhere },
      parseFirewall([...inactive, ...rules].join('\n')),
      machine({ listening: [listening] }),
    )
    expect(notes).toEqual(closed === undefined ? [] : [`enabling the firewall closes ${closed}`])
  })

  test('each once, and none where it is enabled already', () => {
    const listening = ['0.0.0.0', '::'].map(address => ({ address, port: 8080, program: 'node' }))
    const notes = (seen: readonly string[]) =>
      compareFirewall(
        { site: 'greenhouse', enable: true, rules: [] },
        parseFirewall(seen.join('\n')),
        machine({ listening }),
      ).notes
    expect(notes(inactive)).toEqual(['enabling the firewall closes 8080/tcp (node)'])
    expect(notes(active)).toEqual([])
  })
})

const unchanged = { changes: [], commands: [], undo: [], enable: false, notes: [] }

/** As lines that a shell would see; the login is to port 22. */
function compared(seen: readonly string[], rules: readonly FirewallRule[], enable: boolean) {
  const wanted = { site: 'greenhouse', enable, rules }
  const difference = compareFirewall(wanted, parseFirewall(seen.join('\n')), machine({}))
  return {
    ...difference,
    commands: difference.commands.map(({ run }) => shellLine(run)),
    undo: difference.commands.map(({ undo }) => shellLine(undo)),
  }
}
