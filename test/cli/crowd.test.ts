import { describe, expect, test } from 'vitest'
import { makeReporter } from '../../src/cli/report.js'
import type { Event } from '../../src/world.js'
import { makeScreen } from './screen.js'

const begun = (about: string): Event => ({ kind: 'host-begun', message: 'begins', about })
const step = (about: string, message: string): Event => ({ kind: 'host-step', message, about })
const ended = (about: string, message: string): Event => ({ kind: 'host-ended', message, about })

const story: readonly Event[] = [
  { kind: 'certificates-issued', message: 'issued 3 certificates' },
  begun('hub'),
  begun('barn'),
  step('hub', 'writing generation 2'),
  step('barn', 'trying the configuration'),
  { kind: 'host-note', message: 'port 8883 is slow', about: 'barn' },
  ended('hub', 'changed, and proven'),
  step('barn', 'putting back: it failed'),
  ended('barn', 'failed: the broker did not start'),
]

/** What a terminal shows in the end, and after each event, of lines that are drawn again. */
function told(events: readonly Event[], { isTerminal = true, rows = 24, columns = 80 } = {}) {
  let nowMs = 0
  const screen = makeScreen({ isTerminal, rows, columns })
  const reporter = makeReporter(screen, {
    ...{ json: false, quiet: false, verbose: false },
    nowMs: () => (nowMs += 1_000),
  })
  return events.map(event => {
    reporter.report(event)
    return shown(screen.text())
  })
}

/** As a terminal does: up so many lines, and all below away. */
function shown(text: string): readonly string[] {
  const lines: string[] = []
  for (const [index, part] of text.split('\r\u{1B}[').entries()) {
    const [up = '', rest = ''] = index === 0 ? ['0A', part] : part.split('\u{1B}[J')
    lines.splice(lines.length - Number.parseInt(up, 10))
    lines.push(...rest.split('\n').slice(0, -1))
  }
  return lines
}

describe('several hosts on a terminal', () => {
  test('have a line each, which says what they do now', () => {
    expect(told(story)[4]).toEqual([
      'issued 3 certificates',
      'hub: writing generation 2',
      'barn: trying the configuration',
    ])
  })

  test('what is worth keeping stays above, and the lines go as they end', () => {
    expect(told(story).at(-1)).toEqual([
      'issued 3 certificates',
      'barn: port 8883 is slow',
      'hub: changed, and proven',
      'barn: failed: the broker did not start',
    ])
  })

  test('are no more than fit, and no wider', () => {
    const many = Array.from({ length: 20 }, (_, index) => begun(`host-${String(index)}`))
    const last = told([...many, step('host-0', 'x'.repeat(200))], { rows: 6, columns: 20 }).at(-1)
    expect(last).toHaveLength(4)
    expect(last?.[0]).toBe('host-0: xxxxxxxxxxx')
    expect(last?.[3]).toBe('and 17 more')
  })
})

test('several hosts in a log: a line for each step, and for each end', () => {
  expect(told(story, { isTerminal: false }).at(-1)).toEqual([
    'issued 3 certificates',
    'hub: writing generation 2',
    'barn: trying the configuration',
    'barn: port 8883 is slow',
    'hub: changed, and proven',
    'barn: putting back: it failed',
    'barn: failed: the broker did not start',
  ])
})
