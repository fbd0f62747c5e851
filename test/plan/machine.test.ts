import { describe, expect, test } from 'vitest'
import {
  machineQuestion,
  parseMachine,
  type ListeningPort,
  type Machine,
} from '../../src/plan/machine.js'
import { answerTo, recorded, releases } from './answer.js'

const login = '198.51.100.7 51234 192.0.2.10 2222'
const systems = {
  bullseye: 'debian 11',
  bookworm: 'debian 12',
  trixie: 'debian 13',
  forky: 'debian forky',
}
const ipv6Switch = '/proc/sys/net/ipv6/conf/lo/disable_ipv6'

describe.each(releases)('a host with %s', release => {
  const seen = (state: string): Machine =>
    parseMachine(
      answerTo(machineQuestion, {
        tools: {
          ss: recorded(release, `ss-${state}`),
          date: 'clock 1772000000\n',
        },
        files: { '/etc/os-release': recorded(release, 'os-release'), [ipv6Switch]: '0\n' },
        login,
      }),
    )

  test('says what it is', () => {
    const { listening, system, ...rest } = seen('before')
    expect(system).toBe(systems[release])
    expect(listening).toHaveLength(2)
    expect(rest).toEqual({
      codename: release,
      ubuntuCodename: undefined,
      services: 'systemd',
      ipv6Loopback: true,
      connected: new Map(),
      clockSeconds: 1_772_000_000,
      sshPort: 2222,
    })
  })

  test.each(['before', 'packaged', 'listeners'])('says what listens: %s', async state => {
    const lines = seen(state).listening.map(({ address, port }) => `${address} ${String(port)}\n`)
    const text = lines.sort().join('')
    await expect(text).toMatchFileSnapshot(`../golden/plan/listening-${state}.txt`)
  })
})

/** As root `ss` tells the program too; these lines are from hosts that were looked at. */
test.each<readonly [string, ListeningPort]>([
  [
    '127.0.0.1:1883 0.0.0.0:* users:(("mosquitto",pid=1,fd=5))',
    { address: '127.0.0.1', port: 1883, program: 'mosquitto' },
  ],
  [
    '[::1]:1883 [::]:* users:(("mosquitto",pid=1,fd=6))',
    { address: '::1', port: 1883, program: 'mosquitto' },
  ],
  [
    '*:8884 *:* users:(("mosquitto",pid=5760,fd=11))',
    { address: '*', port: 8884, program: 'mosquitto' },
  ],
  ['0.0.0.0:2024 0.0.0.0:*', { address: '0.0.0.0', port: 2024, program: undefined }],
  [
    '127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=9,fd=14))',
    { address: '127.0.0.53', port: 53, program: 'systemd-resolve' },
  ],
  [
    '[fe80::1%eth0]:546 [::]:* users:(("a b",pid=9,fd=1))',
    { address: 'fe80::1', port: 546, program: 'a b' },
  ],
  [
    '[::]:22 [::]:* users:(("sshd",pid=7,fd=4),("systemd",pid=1,fd=90))',
    { address: '::', port: 22, program: 'sshd' },
  ],
  // Ubuntu's ssh.socket: systemd holds the port for sshd, in either order.
  [
    '[::]:22 [::]:* users:(("systemd",pid=1,fd=90),("sshd",pid=7,fd=4))',
    { address: '::', port: 22, program: 'sshd' },
  ],
])('%s', (line, expected) => {
  const { listening } = parseMachine(`listening LISTEN 0      100    ${line}`)
  expect(listening).toEqual([expected])
})

test.each<readonly [string, string, Partial<Machine>]>([
  ['no login by SSH', 'ssh \n', { sshPort: undefined }],
  ['a login that is no login', 'ssh a b c d\n', { sshPort: undefined }],
  ['SysV', 'services sysv\n', { services: 'sysv' }],
  ['a sandbox', 'services child\n', { services: 'child' }],
  ['what nobody knows is no systemd', 'services runit\n', { services: 'sysv' }],
  ['no IPv6', 'system debian 12\n', { ipv6Loopback: false }],
  ['a line of ss that is cut off', 'listening LISTEN 0 100\n', { listening: [] }],
])('%s', (_, answer, expected) => {
  expect(parseMachine(answer)).toMatchObject(expected)
})

test.each([
  ['1', false],
  ['0', true],
])('IPv6 on loopback where the kernel says disable_ipv6 = %s: %s', (word, expected) => {
  const answer = answerTo(machineQuestion, { files: { [ipv6Switch]: `${word}\n` } })
  expect(parseMachine(answer).ipv6Loopback).toBe(expected)
})

/** Of /proc/net/tcp: address and port of this end and the other, and the state, all in hexadecimal. */
const socket = (local: string, remote: string, state: string) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000   113        0 1\n`

test('who is connected is counted by the port that they came in at', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n'
  const tcp = [
    socket('00000000:22B3', '00000000:0000', '0A'),
    socket('0100007F:075B', '00000000:0000', '0A'),
    socket('0A0200C0:22B3', '4D0200C0:C350', '01'),
    socket('0A0200C0:22B3', '4D0200C0:C351', '01'),
    // One that is gone, both ends of one on this machine, and a way out to another's broker.
    socket('0A0200C0:22B3', '4D0200C0:C352', '06'),
    socket('0100007F:075B', '0100007F:9C40', '01'),
    socket('0100007F:9C40', '0100007F:075B', '01'),
    socket('0A0200C0:9C3F', '010113C6:22B3', '01'),
  ]
  const tcp6 = [socket(`${'0'.repeat(32)}:22B3`, `${'1'.repeat(32)}:C350`, '01')]
  const connected = (files: Readonly<Record<string, string>>) =>
    [...parseMachine(answerTo(machineQuestion, { files })).connected].sort(([a], [b]) => a - b)
  const ipv4 = { '/proc/net/tcp': `${head}${tcp.join('')}` }
  expect(connected(ipv4)).toEqual([
    [1883, 1],
    [8883, 2],
  ])
  expect(connected({ ...ipv4, '/proc/net/tcp6': `${head}${tcp6.join('')}` })).toEqual([
    [1883, 1],
    [8883, 3],
  ])
})
