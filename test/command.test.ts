import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { command, shellAssignments, shellLine, shellWord } from '../src/command.js'

/** Words as a real sh reads them. */
function readBySh(words: string): readonly string[] {
  const script = `printf '%s\\0' ${words}`
  return sh(script).split('\0').slice(0, -1)
}

function sh(script: string): string {
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' })
}

const awkward = [
  '',
  ' ',
  'two  words',
  "it's",
  `'"'"'`,
  '"',
  '\\',
  '\\n',
  'a\nb',
  '\n',
  '\t',
  '$HOME',
  '$(touch broken)',
  '`touch broken`',
  'x; reboot',
  'a && b | c > d < e &',
  '*',
  '?[a]',
  '~',
  '~root',
  '#no-comment',
  '!history',
  '{a,b}',
  '-n',
  '--',
  'A=b',
  'é 漢 😀',
]

describe('a real sh reads back', () => {
  test.each(awkward)('%j', word => {
    expect(readBySh(shellWord(word))).toEqual([word])
  })

  test('any words at all', () => {
    // A line end would be lost at the end of $(…), but not here; NUL is in no argument.
    const sign = fc.stringMatching(/^['"\\$`!*?~#;&|<>(){}[\]=\- \n\tabé]$/u)
    const word = fc
      .oneof(fc.string({ unit: sign }), fc.string())
      .map(text => text.replaceAll('\0', ''))
    const list = fc.array(word, { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(list, words => {
        expect(readBySh(shellLine({ argv: words }))).toEqual(words)
      }),
      { numRuns: 20 },
    )
  })

  test('assignments', () => {
    const values = { ROOT: "/tmp/it's here", SERVICES: '$(reboot)', EMPTY: '' }
    const script = `${shellAssignments(values)}printf '%s\\0' "$ROOT" "$SERVICES" "$EMPTY"`
    expect(sh(script).split('\0').slice(0, -1)).toEqual(Object.values(values))
  })
})

test.each<readonly [readonly [string, ...string[]], string]>([
  [['ufw', 'allow', '8883/tcp'], 'ufw allow 8883/tcp'],
  [['ufw', 'allow', 'comment', 'bednet greenhouse'], "ufw allow comment 'bednet greenhouse'"],
  [['rm', '-f', '--', '/etc/x; reboot.crt'], "rm -f -- '/etc/x; reboot.crt'"],
  [['echo', ''], "echo ''"],
  [['ssh', 'me@host', '-o', 'A=b,c:d%h+e'], 'ssh me@host -o A=b,c:d%h+e'],
])('%j is shown as %s', (words, line) => {
  const value = command(...words)
  expect(value).toEqual({ argv: words })
  expect(shellLine(value)).toBe(line)
})

test('assignments are one to a line', () => {
  expect(shellAssignments({ ROOT: '', ID: 'a b' })).toBe("ROOT=''\nID='a b'\n")
})
