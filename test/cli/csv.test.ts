import { expect, test } from 'vitest'
import { csvLines } from '../../src/cli/csv.js'
import { csvReader } from '../../src/profile/csv.js'

test.each<[string | number | undefined, string]>([
  ['plain', 'plain'],
  ['hall 1', 'hall 1'],
  [undefined, ''],
  [7, '7'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  [' led by a blank', '" led by a blank"'],
  ['=HYPERLINK("http://evil","x")', `"'=HYPERLINK(""http://evil"",""x"")"`],
  ['+1+cmd', "'+1+cmd"],
  ['-2', "'-2"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  [-2, '-2'],
  ['a=b', 'a=b'],
])('%j: %s', (value, text) => {
  expect(csvLines([['x', value]])).toEqual([`x,${text}`])
})

test('what is written can be read by what reads lists of devices', async () => {
  const rows = [
    ['name', 'place'],
    ['pump-1', 'hall "1", left'],
    ['pump-2', 'über'],
  ]
  const parser = await csvReader(',')
  parser.end(`${csvLines(rows).join('\n')}\n`)
  const read: unknown[] = []
  for await (const { record } of parser as AsyncIterable<{ record: unknown }>) read.push(record)
  expect(read).toEqual(rows)
})
