import { describe, expect, test } from 'vitest'
import { inParallel } from '../../src/operations/parallel.js'

describe('work on many', () => {
  test.each([1, 3, 8, 100])('%i at once: as many, and answers in order', async most => {
    let running = 0
    let highest = 0
    const items = Array.from({ length: 20 }, (_, index) => index)
    const results = await inParallel(items, most, async item => {
      running += 1
      highest = Math.max(highest, running)
      // Those that come later are done earlier.
      for (let turns = 20 - item; turns > 0; turns -= 1) await Promise.resolve()
      running -= 1
      return item * 2
    })
    expect(results).toEqual(items.map(item => item * 2))
    expect(highest).toBe(Math.min(most, 20))
  })

  test('on nothing is nothing', async () => {
    expect(await inParallel([], 8, () => Promise.resolve(1))).toEqual([])
  })
})
