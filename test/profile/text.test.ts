import { describe, expect, test } from 'vitest'
import { mistakesOf, soundProfile } from './read.js'

const encoder = new TextEncoder()

describe('a file that is no profile', () => {
  test.each([
    ['nothing in it', '', 'bednet.yaml:1:1: the profile is empty'],
    ['only comments', '# later\n\n  # much later\n', 'bednet.yaml:1:1: the profile is empty'],
    ['only a marker', '---\n', 'bednet.yaml:1:1: the profile is empty'],
    ['not UTF-8', Uint8Array.of(115, 58, 32, 97, 10, 32, 0xe9), 'bednet.yaml:2:2: the file is not'],
    ['UTF-16', 's\0i\0t\0e\0', 'bednet.yaml:1:2: the file is not UTF-8 text'],
    ['a bell', 'site: a\nx: b\u0007\n', 'bednet.yaml:2:5: control character U+0007'],
    ['50 MB', new Uint8Array(50_000_000).fill(97), 'bednet.yaml:1:1: the file has 50 MB'],
    ['deep brackets', `x: ${'['.repeat(200_000)}`, 'this is nested too deeply'],
    ['deep lists', '- '.repeat(50_000), 'this is nested too deeply'],
    [
      'deep maps',
      Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      'too deeply',
    ],
  ])('%s', (_, content, expected) => {
    const mistakes = mistakesOf(content)
    expect(mistakes).toHaveLength(1)
    expect(mistakes[0]).toContain(expected)
  })

  test('an alias bomb is refused, not written out: that would take for ever', () => {
    const levels = Array.from(
      { length: 40 },
      (_, i) => `x-${String(i + 1)}: &a${String(i + 1)} [*a${String(i)}, *a${String(i)}]\n`,
    )
    expect(mistakesOf(`x-0: &a0 [lol]\n${levels.join('')}`)).toHaveLength(1)
  })
})

describe('a file that is one all the same', () => {
  test.each([
    ['bytes', encoder.encode(soundProfile)],
    ['a byte order mark', encoder.encode(`\ufeff${soundProfile}`)],
    ['line ends of Windows', soundProfile.replaceAll('\n', '\r\n')],
    ['a marker in front', `---\n${soundProfile}`],
    ['text of any script in comments', `# 温室 🌱\n${soundProfile}`],
    ['an anchor used a thousand times', manyAliases()],
  ])('%s', (_, content) => {
    expect(mistakesOf(content)).toEqual([])
  })

  test('positions count what an editor counts', () => {
    expect(mistakesOf(`\ufeff${soundProfile.replaceAll('\n', '\r\n')}oops: 1\r\n`)[0]).toMatch(
      /^bednet\.yaml:14:1: unknown key "oops"/,
    )
  })
})

function manyAliases(): string {
  const devices = Array.from({ length: 1000 }, (_, i) => `  - { <<: *d, names: d${String(i)} }\n`)
  return soundProfile.replace(
    'devices:\n',
    `x-d: &d { role: sensor }\ndevices:\n${devices.join('')}`,
  )
}
