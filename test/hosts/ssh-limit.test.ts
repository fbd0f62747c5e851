import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { startConnectLimit } from '../../src/hosts/ssh-limit.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const after = (ms: number): Promise<string> =>
  new Promise(resolve => setTimeout(resolve, ms, 'answered'))

interface Case {
  readonly title: string
  readonly waitMs: number
  readonly isPerson: boolean
  readonly outcome: string
}

test.each<Case>([
  { title: 'a machine that answers in 9 s', waitMs: 9000, isPerson: false, outcome: 'answered' },
  {
    title: 'a machine that does not answer',
    waitMs: 11_000,
    isPerson: false,
    outcome: 'no answer within 10 s',
  },
  {
    title: 'a person who thinks for a minute',
    waitMs: 60_000,
    isPerson: true,
    outcome: 'answered',
  },
  {
    title: 'a person who went away',
    waitMs: 121_000,
    isPerson: true,
    outcome: 'no answer within 120 s',
  },
])('$title', async ({ waitMs, isPerson, outcome }) => {
  const limit = startConnectLimit()
  const answer = isPerson ? limit.forPerson(() => after(waitMs)) : after(waitMs)
  const first = Promise.race([answer, limit.over]).catch((error: unknown) =>
    error instanceof Error ? error.message : '',
  )
  await vi.advanceTimersByTimeAsync(waitMs + 1)
  expect(await first).toBe(outcome)
  limit.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('the time of the machine starts anew after the person', async () => {
  const limit = startConnectLimit()
  await vi.advanceTimersByTimeAsync(9000)
  const answer = limit.forPerson(() => after(50_000))
  await vi.advanceTimersByTimeAsync(50_000)
  expect(await answer).toBe('answered')
  let isOver = false
  limit.over.catch(() => (isOver = true))
  await vi.advanceTimersByTimeAsync(9000)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1001)
  expect(isOver).toBe(true)
})
