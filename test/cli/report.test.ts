import { describe, expect, test } from 'vitest'
import { makeReporter } from '../../src/cli/report.js'
import type { Event } from '../../src/world.js'
import { makeScreen } from './screen.js'

const issued: Event = {
  kind: 'certificate-issued',
  message: 'issued "sensor-1"',
  about: 'sensor-1',
}
const pushed: Event = { kind: 'pushed', message: '12 files pushed', about: 'hub' }

function proof(done: number, total = 80): Event {
  const message = `tls-8883-${String(done)}: holds`
  return { kind: 'proof-passed', message, about: 'hub', progress: { done, total } }
}

/** Each step is an event and the second in which it happens. */
function tell(
  steps: readonly (readonly [number, Event])[],
  { isTerminal = false, json = false, quiet = false, verbose = false, columns = 80 } = {},
) {
  let nowMs = 0
  const screen = makeScreen({ isTerminal, columns })
  const reporter = makeReporter(screen, { json, quiet, verbose, nowMs: () => nowMs })
  for (const [seconds, event] of steps) {
    nowMs = seconds * 1000
    reporter.report(event)
  }
  return { screen, reporter }
}

describe('events without progress', () => {
  test.each([
    ['as text, named once', {}, 'issued "sensor-1"\nhub: 12 files pushed\n'],
    ['alike on a terminal', { isTerminal: true }, 'issued "sensor-1"\nhub: 12 files pushed\n'],
    ['not at all with --quiet', { quiet: true }, ''],
    ['not at all with --quiet --json', { quiet: true, json: true }, ''],
    [
      'as JSON lines with --json',
      { json: true, isTerminal: true },
      `${JSON.stringify(issued)}\n${JSON.stringify(pushed)}\n`,
    ],
  ])('%s', (_how, options, text) => {
    expect(
      tell(
        [
          [0, issued],
          [0, pushed],
        ],
        options,
      ).screen.text(),
    ).toBe(text)
  })

  test('of a host always by its name, whatever the message has in it', () => {
    const event = { kind: 'host-step', message: 'writing generation 3', about: 'in' }
    expect(tell([[0, event]]).screen.text()).toBe('in: writing generation 3\n')
  })

  test('what a host says cannot steer the terminal', () => {
    const event = { kind: 'pushed', message: 'said \u{1B}]0;title\u{7}' }
    expect(tell([[0, event]]).screen.text()).toBe('said \u{FFFD}]0;title\u{FFFD}\n')
  })
})

describe('progress in a log', () => {
  test('quick work takes no line', () => {
    const steps = Array.from({ length: 80 }, (_, index) => [index / 80, proof(index + 1)] as const)
    expect(tell(steps).screen.text()).toBe('')
  })

  test('long work takes one every five seconds, and one at its end', () => {
    const steps = Array.from({ length: 80 }, (_, index) => [index / 6, proof(index + 1)] as const)
    expect(tell(steps).screen.text().split('\n')).toEqual([
      '31 of 80, 6.0/s, 9 s left',
      '61 of 80, 6.0/s, 4 s left',
      '80 of 80, 6.0/s',
      '',
    ])
  })

  test('--verbose says each', () => {
    expect(
      tell(
        [
          [0, proof(1)],
          [1, proof(2)],
        ],
        { verbose: true },
      ).screen.text(),
    ).toBe('hub: tls-8883-1: holds\nhub: tls-8883-2: holds\n')
  })

  test('other events stand in between', () => {
    expect(
      tell([
        [0, proof(1)],
        [1, pushed],
      ]).screen.text(),
    ).toBe('hub: 12 files pushed\n')
  })
})

describe('progress on a terminal', () => {
  const isTerminal = true

  test('is one line that is drawn again, ten times a second at most', () => {
    const { screen } = tell(
      [
        [0, proof(1)],
        [0.05, proof(2)],
        [1, proof(3)],
        [2, proof(5)],
      ],
      { isTerminal },
    )
    expect(screen.shown()).toEqual(['5 of 80, 2.0/s, 38 s left: hub: tls-8883-5: holds'])
    expect(screen.text()).not.toContain('tls-8883-2')
  })

  test('is gone when the work is done', () => {
    expect(
      tell(
        [
          [0, proof(79)],
          [1, proof(80)],
        ],
        { isTerminal },
      ).screen.shown(),
    ).toEqual([''])
  })

  test('gives way to what scrolls, and to what is written beside it', () => {
    const { screen, reporter } = tell(
      [
        [0, proof(1)],
        [1, pushed],
        [2, proof(2)],
      ],
      { isTerminal },
    )
    reporter.clear()
    screen.write('a result')
    expect(screen.shown()).toEqual(['hub: 12 files pushed', 'a result'])
  })

  test('is cut to the width, so that one line can be taken away', () => {
    const { screen } = tell([[0, proof(1)]], { isTerminal, columns: 20 })
    expect(screen.shown()).toEqual(['1 of 80: hub: tls-8'])
  })
})

describe('the time left', () => {
  test.each([
    { seconds: 6, done: 61, total: 80, text: '61 of 80, 10/s, 2 s left' },
    { seconds: 10, done: 101, total: 1000, text: '101 of 1000, 10/s, 90 s left' },
    { seconds: 100, done: 101, total: 1000, text: '101 of 1000, 1.0/s, 15 min left' },
    { seconds: 10, done: 1, total: 80, text: '1 of 80' },
  ])('after $seconds s: $text', ({ seconds, done, total, text }) => {
    const first = proof(1, total)
    expect(
      tell([
        [0, first],
        [seconds, proof(done, total)],
      ]).screen.text(),
    ).toBe(`${text}\n`)
  })

  test('starts anew with the next broker', () => {
    const { screen } = tell([
      [0, proof(1)],
      [50, proof(51)],
      [60, proof(1)],
      [70, proof(11)],
    ])
    expect(screen.text()).toContain('11 of 80, 1.0/s, 69 s left\n')
  })
})
