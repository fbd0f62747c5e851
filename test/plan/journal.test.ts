import { describe, expect, test } from 'vitest'
import { journalNotes, parseJournal } from '../../src/plan/journal.js'

const holder =
  'up of steve@laptop, from 192.0.2.7 50022 192.0.2.1 22, since 2026-11-27T12:00:00Z, process 71'
const why = 'nobody came back over a new connection within 60 seconds; the host is as it was before'

const cases = [
  ['nothing', '', { state: 'none' }, []],
  [
    'a change at work',
    `lock held\nholder ${holder}\njournal open\n`,
    { state: 'at work', holder },
    [`another bednet is at work here: ${holder}`],
  ],
  [
    'a change that waits',
    'journal open\njournal unconfirmed\n',
    { state: 'unconfirmed' },
    ['the last change is not confirmed; "bednet up" does that first'],
  ],
  [
    'a change that was cut off',
    `holder ${holder}\njournal open\n`,
    { state: 'cut off', holder },
    ['the last change was cut off; "bednet up" has it put back first, or the host does by itself'],
  ],
  [
    'a journal that was being made',
    'journal half made\n',
    { state: 'cut off' },
    ['the last change was cut off; "bednet up" has it put back first, or the host does by itself'],
  ],
  [
    'a journal that was being closed',
    'journal half closed\n',
    { state: 'cut off' },
    ['the last change was cut off; "bednet up" has it put back first, or the host does by itself'],
  ],
  [
    'what the guard has done',
    `undone the change was cut off\nundone ${why}\n`,
    { state: 'none', undone: why },
    [`the host has put back the last change: ${why}`],
  ],
] as const

describe.each(cases.map(([what, ...rest]) => [what, rest] as const))('%s', (_, each) => {
  const [answer, seen, notes] = each
  const journal = parseJournal(answer)
  test('is seen', () => {
    expect(journal).toEqual({ holder: undefined, undone: undefined, ...seen })
  })
  test('is told', () => {
    expect(journalNotes(journal)).toEqual(notes)
  })
})
