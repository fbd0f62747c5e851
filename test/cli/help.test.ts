import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandHelp, verbHelp } from '../../src/cli/help.js'
import { verbs } from '../../src/cli/verbs.js'

const folder = new URL('../golden/cli/', import.meta.url)
const pages = [
  ['bednet', commandHelp(verbs)] as const,
  ...verbs.map(row => [`bednet-${row.name}`, verbHelp(row)] as const),
]

describe('--help', () => {
  test.each(pages)('%s', (name, text) => {
    const golden = new URL(`${name}.txt`, folder)
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(folder, { recursive: true })
      writeFileSync(golden, text)
    }
    expect(text).toBe(readFileSync(golden, 'utf8'))
  })

  test.each(pages)('%s: no line is wider than 100 columns', (_name, text) => {
    expect(text.split('\n').filter(line => line.length > 100)).toEqual([])
  })
})

describe('the table of verbs', () => {
  test.each(verbs)('$name: one to three examples, each of itself', ({ name, examples }) => {
    expect(examples.length).toBeGreaterThanOrEqual(1)
    expect(examples.length).toBeLessThanOrEqual(3)
    const others = examples.filter(([line]) => !line.includes(`bednet ${name}`))
    expect(others).toEqual([])
  })

  test.each(verbs)('$name is there when it is called', async ({ load }) => {
    expect(await load()).toHaveProperty('run', expect.any(Function))
  })
})
