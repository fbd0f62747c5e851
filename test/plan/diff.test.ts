import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines } from '../../src/plan/diff.js'

const text = (...lines: readonly string[]): string => lines.map(line => `${line}\n`).join('')

const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['nothing', text('a', 'b'), text('a', 'b'), []],
  ['nothing, of nothing', '', '', []],
  ['a line more', text('a', 'b'), text('a', 'b', 'c'), [' a', ' b', '+c']],
  ['a line less', text('a', 'b', 'c'), text('a', 'c'), [' a', '-b', ' c']],
  ['another line', text('a', 'b', 'c'), text('a', 'x', 'c'), [' a', '-b', '+x', ' c']],
  ['all', text('a'), text('b'), ['-a', '+b']],
  ['from nothing', '', text('a', 'b'), ['+a', '+b']],
  ['to nothing', text('a', 'b'), '', ['-a', '-b']],
  [
    'far from each other',
    text('a', '1', '2', '3', '4', '5', '6', 'b'),
    text('x', '1', '2', '3', '4', '5', '6', 'y'),
    ['-a', '+x', ' 1', ' 2', '…', ' 5', ' 6', '-b', '+y'],
  ],
  [
    'in the middle of many',
    text('1', '2', '3', 'a', '4', '5', '6'),
    text('1', '2', '3', '4', '5', '6'),
    [' 2', ' 3', '-a', ' 4', ' 5'],
  ],
  ['a secret of a hand', '', text('remote_password hunter2'), ['+remote_password [secret]']],
  ['its file', '', text('password_file /etc/p'), ['+password_file /etc/p']],
  ['a plugin’s', text('plugin_opt_pg_password x y'), '', ['-plugin_opt_pg_password [secret]']],
]

test.each(cases)('what differs: %s', (...[, before, after, lines]) => {
  expect(diffLines(before, after)).toEqual(lines)
})

test('no more than anybody reads', () => {
  const many = text(...Array.from({ length: 60 }, (_, index) => `user ${String(index)}`))
  const lines = diffLines('', many)
  expect(lines).toHaveLength(41)
  expect(lines.at(-1)).toBe('… 20 lines more')
})

test('of texts too long to compare, all that differs', () => {
  const long = (word: string) => Array.from({ length: 2_100 }, (_, i) => `${word}${String(i)}`)
  const lines = diffLines(text('same', ...long('a')), text('same', ...long('b')))
  expect(lines.slice(0, 3)).toEqual([' same', '-a0', '-a1'])
})

const word = fc.constantFrom('a', 'b', 'c', 'd')
const few = fc.array(word, { maxLength: 8 })

test('what it shows leads from one text to the other', () => {
  fc.assert(
    fc.property(few, few, (before, after) => {
      const lines = diffLines(text('1', '2', ...before), text('1', '2', ...after))
      const side = (sign: string) =>
        lines
          .filter(line => line.startsWith(' ') || line.startsWith(sign))
          .map(line => line.slice(1))
      const isSame = before.join() === after.join()
      expect(lines.length === 0).toBe(isSame)
      // Without what is left out in front and behind, both are the ends of the texts.
      const within = (whole: readonly string[], part: readonly string[]) =>
        ['1', '2', ...whole].join().includes(part.join())
      if (!lines.includes('…') && !isSame) {
        expect(within(before, side('-'))).toBe(true)
        expect(within(after, side('+'))).toBe(true)
      }
    }),
  )
})
