import { expect, test } from 'vitest'
import type { ForeignLine } from '../../src/plan/foreign.js'
import { compareUpgrade } from '../../src/plan/upgrade.js'
import { textFile } from './seen.js'

const main = '/etc/mosquitto/mosquitto.conf'
const other = '/etc/mosquitto/conf.d/other.conf'
const limited = textFile('broker.conf', '# ours\n\nmax_packet_size 1000\nlistener 8883\ncafile x\n')

const foreign = (file: string, ...texts: readonly string[]): readonly ForeignLine[] =>
  texts.map((text, index) => {
    const [option = '', ...value] = text.split(' ')
    return { file, line: index + 1, option, value: value.join(' ') }
  })

const upgrade = { from: '2.0.21', to: '2.1.2', isOurs: false, files: [limited], foreign: [] }
const says = (differently: Partial<Parameters<typeof compareUpgrade>[0]>) =>
  compareUpgrade({ ...upgrade, ...differently })

test.each<readonly [string | undefined, string | undefined]>([
  ['2.0.11', '2.0.21'],
  ['2.1.2', '2.1.3'],
  [undefined, '2.1.2'],
  ['2.0.11', undefined],
])('from %s to %s: nothing to say', (from, to) => {
  const broken = foreign(other, 'include_dir /x')
  expect(says({ from, to, foreign: broken })).toEqual({ conflicts: [], notes: [] })
})

test.each<readonly [string, readonly ForeignLine[], RegExp | undefined]>([
  ['an included file that includes', foreign(other, 'include_dir /x'), /:1.*"include_dir" in an/],
  ['the main file that does', foreign(main, 'include_dir /etc/mosquitto/conf.d'), undefined],
  ['cafile of nobody', foreign(other, 'cafile /x', 'listener 1'), /:1.*before any "listener"/],
  ['cafile of a listener', foreign(other, 'listener 1', 'cafile /x'), undefined],
  ['a number with a unit', foreign(other, 'max_queued_messages 10k'), /"max_queued_messages 10k"/],
  ['a number in octal', foreign(other, 'max_keepalive 010'), /"max_keepalive 010"/],
  ['a number', foreign(other, 'max_connections -1', 'max_keepalive 0'), undefined],
  ['other words', foreign(other, 'log_type all', 'pid_file 10k'), undefined],
])('%s', (_, lines, message) => {
  const notes = message === undefined ? [] : [expect.stringMatching(message)]
  expect(says({ foreign: lines })).toEqual({ conflicts: [], notes })
  const { conflicts } = says({ foreign: lines, isOurs: true })
  expect(conflicts.map(({ at, message: said }) => `${at} ${said}`)).toEqual(notes)
})

test.each<readonly [string, Partial<Parameters<typeof compareUpgrade>[0]>, RegExp]>([
  ['deprecated', { foreign: foreign(main, 'port 1884') }, /"port" in .*:1 is deprecated/],
  ['inert', { foreign: foreign(other, 'http_dir /www') }, /"http_dir" in .*:1 is without effect/],
  ['no limit', { files: [textFile('broker.conf', 'listener 1\n')] }, /2 MB.*maxPacket/],
  [
    'a name within a level',
    { files: [limited, textFile('acl', 'topic a-%u\npattern read a/-%u\npattern read a/%u/#\n')] },
    /"pattern read a\/-%u" in acl:2 matches nothing/,
  ],
])('%s: said, and no conflict', (_, differently, note) => {
  for (const isOurs of [true, false]) {
    const { conflicts, notes } = says({ ...differently, isOurs })
    expect(conflicts).toEqual([])
    expect(notes).toEqual([expect.stringMatching(note)])
  }
})

test('who upgrades is said', () => {
  const files = [textFile('broker.conf', '')]
  expect(says({ files }).notes[0]).toMatch(
    /^"apt upgrade" on the host would upgrade .*2\.0\.21 to 2/,
  )
  expect(says({ files, isOurs: true }).notes[0]).toMatch(/^the plan upgrades Mosquitto/)
})
