import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { countRows, deviceRows } from '../../src/operations/device-rows.js'

const folder = mkdtempSync(join(tmpdir(), 'bednet-rows-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function rowsOf(name: string, text: string) {
  const path = join(folder, name)
  writeFileSync(path, text)
  const rows = []
  for await (const { line, cells, fault } of deviceRows(path)) {
    rows.push([line, Object.fromEntries(cells), ...(fault === undefined ? [] : [fault])])
  }
  return rows
}

describe('a list of devices', () => {
  test.each<readonly [string, string, readonly unknown[]]>([
    [
      'with commas',

      'name,role\na,x\nb,y\n',
      [
        [2, { name: 'a', role: 'x' }],
        [3, { name: 'b', role: 'y' }],
      ],
    ],
    [
      'with semicolons, and a comma in a label',

      'name;place\na;hall 1, left\n',
      [[2, { name: 'a', place: 'hall 1, left' }]],
    ],
    ['with tabs', 'name\trole\na\tx\n', [[2, { name: 'a', role: 'x' }]]],
    [
      'of one column',

      'name\na\nb',
      [
        [2, { name: 'a' }],
        [3, { name: 'b' }],
      ],
    ],
    ['from a spreadsheet', '\uFEFFname,role\r\na,x\r\n', [[2, { name: 'a', role: 'x' }]]],
    ['with comments and empty lines', '# ours\nname\n\n# a\na\n', [[5, { name: 'a' }]]],
    [
      'with a quoted line end',

      'name,note\na,"one\ntwo"\nb,\n',
      [
        [3, { name: 'a', note: 'one\ntwo' }],
        [4, { name: 'b' }],
      ],
    ],
    [
      'with a row too wide',

      'name,role\na,x,y\n',
      [[2, { name: 'a', role: 'x' }, 'has 1 more cells than the heading']],
    ],
    ['with a row too short', 'name,role\na\n', [[2, { name: 'a' }]]],
    [
      'of JSON lines',

      '{"name":"a","role":"x","floor":3}\n\n{"name":"b"}\n',
      [
        [1, { name: 'a', role: 'x', floor: '3' }],
        [3, { name: 'b' }],
      ],
    ],
    [
      'of JSON lines that are none',

      'name,role\n[1]\n{"name":["a"]}\n',
      [
        [1, {}, 'is no JSON object'],
        [2, {}, 'is no JSON object'],
        [3, {}, '"name" is neither text nor number'],
      ],
    ],
    ['with nothing in it', '', []],
  ])('%s', async (title, text, rows) => {
    expect(await rowsOf(title.includes('JSON') ? 'a.ndjson' : 'a.csv', text)).toEqual(rows)
  })

  test.each([
    ['without a name', 'role\nx\n', 'the heading has no column "name"'],
    ['with a column twice', 'name,role,role\na,x,y\n', 'the heading names the column "role" twice'],
    ['with an open quote', 'name\n"a\n', 'this is not valid CSV'],
  ])('%s cannot be read', async (_, text, message) => {
    await expect(rowsOf('b.csv', text)).rejects.toMatchObject({ code: 'LIST_UNREADABLE', message })
  })

  test('that is not there cannot be read', async () => {
    const message = 'the list of devices cannot be read: there is no such file'
    const missing = join(folder, 'missing.csv')
    await expect(deviceRows(missing).next()).rejects.toThrow(message)
    await expect(countRows(missing)).rejects.toThrow(message)
  })

  test('is counted by its lines', async () => {
    writeFileSync(join(folder, 'c.csv'), 'name\na\nb\n'.repeat(30_000))
    expect(await countRows(join(folder, 'c.csv'))).toBe(90_000)
  })
})
