import { describe, expect, test } from 'vitest'
import { makeOutput } from '../../src/cli/output.js'
import { makeScreen } from './screen.js'

const green = (text: string) => `\u{1B}[32m${text}\u{1B}[39m`

describe('colours', () => {
  test.each([
    { where: 'a terminal', isTerminal: true, environment: {}, shown: green('ok') },
    { where: 'a pipe', isTerminal: false, environment: {}, shown: 'ok' },
    { where: 'NO_COLOR', isTerminal: true, environment: { NO_COLOR: '1' }, shown: 'ok' },
    { where: 'NO_COLOR=', isTerminal: true, environment: { NO_COLOR: '' }, shown: green('ok') },
    { where: 'TERM=dumb', isTerminal: true, environment: { TERM: 'dumb' }, shown: 'ok' },
  ])('$where', ({ isTerminal, environment, shown }) => {
    const { paint } = makeOutput(makeScreen({ isTerminal }), { json: false, environment })
    expect(paint.green('ok')).toBe(shown)
  })
})

describe('what a verb prints', () => {
  test.each([
    [false, 'one\ntwo\n\nname    state\nsensor  valid\nhub     gone\n'],
    [true, '{"devices":2}\n'],
  ])('with --json: %s', (json, text) => {
    const screen = makeScreen()
    const output = makeOutput(screen, { json, environment: {} })
    output.lines(['one', 'two', ''])
    output.lines([])
    output.table(
      ['name', 'state'],
      [
        ['sensor', 'valid'],
        ['hub', 'gone'],
      ],
    )
    output.document({ devices: 2 })
    expect(screen.text()).toBe(text)
  })

  test('a coloured cell is as wide as it looks', () => {
    const screen = makeScreen({ isTerminal: true })
    const { table, paint } = makeOutput(screen, { json: false, environment: {} })
    table(
      ['a', 'b'],
      [
        [paint.green('ok'), '1'],
        ['okay', '2'],
      ],
    )
    expect(screen.text().split('\n').slice(1)).toEqual([`${green('ok')}    1`, 'okay  2', ''])
  })
})
