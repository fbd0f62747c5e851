import { describe, expect, test } from 'vitest'
import { errorDocument, errorLines } from '../../src/cli/error-text.js'
import { BednetError } from '../../src/error.js'

const mistakes = [
  { at: 'a.yaml:1:2', message: 'one is wrong', hint: 'mend it' },
  { at: 'a.yaml:3:4', message: 'so is another', hint: 'mend it too' },
]
const defect = 'this is a defect of bednet: please report it with what --verbose adds'

describe('an error as a person reads it', () => {
  test.each([
    [new BednetError('CONFLICT', 'the port is taken'), ['bednet: the port is taken']],
    [
      new BednetError('CONFLICT', 'the port is taken', { at: 'broker "hub"', hint: 'free it' }),
      ['bednet: the port is taken', 'at: broker "hub"', 'hint: free it'],
    ],
    [
      new BednetError('PROFILE_INVALID', '2 mistakes in a.yaml', { at: 'a.yaml:1:2', mistakes }),
      ['a.yaml:1:2: one is wrong. Hint: mend it', 'a.yaml:3:4: so is another. Hint: mend it too'],
    ],
    [new TypeError('x is not a function'), ['bednet: x is not a function', `hint: ${defect}`]],
    ['a text was thrown', ['bednet: a text was thrown', `hint: ${defect}`]],
    [
      new BednetError('CONFLICT', 'a host says \u{1B}[2Jhello\r\u{9B}1m'),
      ['bednet: a host says \u{FFFD}[2Jhello\u{FFFD}\u{FFFD}1m'],
    ],
  ])('%s', async (error, lines) => {
    expect(await errorLines(error, { verbose: false })).toEqual(lines)
  })

  test('--verbose adds where a defect lies, and nothing to an error that is foreseen', async () => {
    const lines = await errorLines(new TypeError('x'), { verbose: true })
    expect(lines.join('\n')).toMatch(/^bednet: x\n {4}at .*error-text\.test\.ts/)
    const foreseen = new BednetError('CONFLICT', 'x', { cause: new Error('inner') })
    expect(await errorLines(foreseen, { verbose: true })).toEqual(['bednet: x'])
  })
})

describe('the same for a script', () => {
  test.each([
    [
      new BednetError('CONFLICT', 'm', { at: 'a', hint: 'h' }),
      { code: 'CONFLICT', message: 'm', at: 'a', hint: 'h', mistakes: [] },
    ],
    [
      new BednetError('PROFILE_INVALID', 'm', { mistakes }),
      { code: 'PROFILE_INVALID', message: 'm', mistakes },
    ],
    [new Error('m'), { code: 'DEFECT', message: 'm', hint: defect, mistakes: [] }],
  ])('%s', (error, document) => {
    expect(JSON.parse(JSON.stringify(errorDocument(error)))).toEqual({ error: document })
  })
})
