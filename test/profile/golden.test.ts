import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mistakesOf } from './read.js'

const folder = new URL('../golden/profile/', import.meta.url)
const cases = readdirSync(folder)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.replace(/\.yaml$/, ''))

/** Every case is a profile, and beside it the mistakes it must be answered with. */
describe('mistakes of a profile', () => {
  test.each(cases)('%s', name => {
    const mistakes = mistakesOf(readFileSync(new URL(`${name}.yaml`, folder)))
    const shown = mistakes.map(mistake => `${mistake}\n`).join('')
    const expected = new URL(`${name}.expected`, folder)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(expected, shown)
    expect(shown).toBe(readFileSync(expected, 'utf8'))
  })

  test('five faults are five mistakes, in the order of the file, every time', () => {
    const profile = readFileSync(new URL('five-faults.yaml', folder))
    const first = mistakesOf(profile)
    expect(first).toHaveLength(5)
    const lines = first.map(mistake => Number(mistake.split(':')[1]))
    expect(lines).toEqual([...lines].sort((a, b) => a - b))
    for (let run = 0; run < 20; run++) expect(mistakesOf(profile)).toEqual(first)
  })
})
