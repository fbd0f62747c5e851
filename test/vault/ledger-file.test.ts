import { appendFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BednetError } from '../../src/error.js'
import { readChain, type Head } from '../../src/vault/chain.js'
import { openLedger, readLedger } from '../../src/vault/ledger-file.js'
import type { LedgerEntry } from '../../src/vault/ledger.js'
import { judgeLedger } from '../../src/vault/soundness.js'
import { issued, listed, recordingPurpose, scratchFolder } from './scratch.js'
import { batchedActs, expectRepair, writtenActs as acts, writtenLedger } from './written-ledger.js'

/** What a reader is told: sentences, or the line that is wrong. */
function verdict(
  content: Buffer,
  promised: Head | undefined,
): { said: readonly string[]; at?: string } {
  const path = 'ledger.jsonl'
  try {
    const chain = readChain(content)
    return { said: judgeLedger({ path, chain, promised, bytes: content.length }) }
  } catch (error) {
    if (!(error instanceof BednetError) || error.code !== 'VAULT_DAMAGED') throw error
    return { said: [error.message], at: error.at ?? '' }
  }
}

describe('cut off', () => {
  test.each([
    ['one by one', acts],
    ['in batches', batchedActs],
  ])('at every byte, %s: repaired and said, or named; never silently shorter', async (_how, of) => {
    const { content, head, lastLine } = await writtenLedger(of)
    const sizes = [...content.keys()]
    const verdicts = sizes.map(size => verdict(content.subarray(0, size), head))
    expect(verdicts.map(({ said }) => said.length)).toEqual(sizes.map(() => 1))
    // Within the last line a write was cut off; before it, lines are missing that were promised.
    const isRepaired = verdicts.map(({ at }) => at === undefined)
    expect(isRepaired).toEqual(sizes.map(size => size > lastLine))
    expect(verdict(content, head)).toEqual({ said: [] })
  })

  test('at every byte, without the head beside it', async () => {
    const { content } = await writtenLedger()
    const silent = [...content.keys()].filter(
      at => verdict(content.subarray(0, at + 1), undefined).said.length === 0,
    )
    expect(silent).toEqual([])
  })

  test.each([
    ['its first byte', (lastLine: number) => lastLine + 1],
    ['all but its newline', (_lastLine: number, end: number) => end - 1],
  ])('after %s of the last line: the next opening repairs and reports', async (_what, cut) => {
    const written = await writtenLedger()
    await expectRepair(written, cut(written.lastLine, written.content.length))
  })

  test('a reader says so too, and repairs nothing', async () => {
    const { folder, path, content } = await writtenLedger()
    await truncate(path, content.length - 9)
    const { entries, notices } = await readLedger(folder)
    expect(entries).toHaveLength(acts.length - 1)
    expect(notices[0]).toContain(`${path}: a write was cut off`)
    expect((await stat(path)).size).toBe(content.length - 9)
  })

  test('lines that were never promised may be torn in the middle: pages reach a disk in any order', async () => {
    const { folder, path, content } = await writtenLedger()
    const { append } = await openLedger(folder, recordingPurpose().world)
    const head = await readFile(join(folder, 'ledger.head'))
    await append([issued('d', '04'), issued('e', '05')])
    const torn = await readFile(path)
    torn.fill(0, content.length + 10, content.length + 60)
    await writeFile(path, torn)
    await writeFile(join(folder, 'ledger.head'), head)
    const purpose = recordingPurpose()
    const { entries } = await openLedger(folder, purpose.world)
    expect(await entries()).toHaveLength(acts.length)
    expect(purpose.events).toHaveLength(1)
    expect((await stat(path)).size).toBe(content.length)
  })
})

describe('changed', () => {
  test('a flipped bit in any byte is named with its line', async () => {
    const { content, head } = await writtenLedger()
    const unnoticed = [...content.keys()].filter(offset => {
      const flipped = Buffer.from(content)
      flipped[offset] = (flipped[offset] ?? 0) ^ 1
      const { said, at } = verdict(flipped, head)
      const line = content.subarray(0, offset).toString('latin1').split('\n').length
      // Of two lines that no longer fit each other, the second is named.
      const places = [`ledger.jsonl:${String(line)}`, `ledger.jsonl:${String(line + 1)}`]
      const isNamed = at === undefined ? line === acts.length : places.includes(at)
      return said.length !== 1 || !isNamed
    })
    expect(unnoticed).toEqual([])
  })

  const lines = (content: Buffer) => content.toString('utf8').split('\n')
  test.each<[string, (content: Buffer) => string, string]>([
    ['a line is gone', content => lines(content).toSpliced(1, 1).join('\n'), '2'],
    [
      'two lines changed places',
      content =>
        lines(content)
          .toSpliced(1, 2, ...lines(content).slice(1, 3).reverse())
          .join('\n'),
      '2',
    ],
    [
      'a line is there twice',
      content =>
        lines(content)
          .toSpliced(1, 0, lines(content)[1] ?? '')
          .join('\n'),
      '3',
    ],
    ['an empty line', content => lines(content).toSpliced(2, 0, '').join('\n'), '3'],
    ['a name', content => content.toString('utf8').replace('"name":"b"', '"name":"x"'), '4'],
    [
      'an act of a later version',
      content => content.toString('utf8').replace('"act":"crl"', '"act":"new"'),
      '5',
    ],
    ['the last line', content => content.toString('utf8').replace('"number":2', '"number":3'), '5'],
    ['all of it', () => '', '1'],
  ])('%s', async (_, change, line) => {
    const { folder, path, content } = await writtenLedger()
    await writeFile(path, change(content))
    const expected = { code: 'VAULT_DAMAGED', at: `${path}:${line}` }
    await expect(readLedger(folder)).rejects.toMatchObject(expected)
    await expect(openLedger(folder, recordingPurpose().world)).rejects.toMatchObject(expected)
  })

  test('a ledger that is gone altogether is not an empty one', async () => {
    const { folder, path } = await writtenLedger()
    await rm(path)
    await expect(readLedger(folder)).rejects.toMatchObject({
      code: 'VAULT_DAMAGED',
      at: `${path}:1`,
    })
  })

  test.each(['', 'nonsense', `${'9'.repeat(200)}\n`])(
    'a head of %j is as good as none, and is said',
    async head => {
      const { folder } = await writtenLedger()
      await writeFile(join(folder, 'ledger.head'), head)
      const purpose = recordingPurpose()
      await openLedger(folder, purpose.world)
      expect(purpose.events[0]?.message).toContain('had no ledger.head beside it')
      expect((await readLedger(folder)).notices).toEqual([])
    },
  )
})

describe('append', () => {
  test('chains lines over groups and openings', async () => {
    const { folder } = await writtenLedger()
    const { append } = await openLedger(folder, recordingPurpose().world)
    const [added] = await append([listed(3)])
    expect(added).toMatchObject({ seq: acts.length + 1, at: '2026-03-01T12:00:00.000Z' })
    const { entries } = await readLedger(folder)
    expect(entries.at(-1)).toEqual(added)
  })

  test('called many times at once, writes one line after the other', async () => {
    const folder = scratchFolder()
    const { append, entries } = await openLedger(folder, recordingPurpose().world)
    const names = Array.from({ length: 20 }, (_, number) => `d${String(number)}`)
    await Promise.all(names.map(name => append([issued(name)])))
    const { entries: read } = await readLedger(folder)
    expect(read).toEqual(await entries())
    expect(read.map(nameOf)).toEqual(names)
  })

  test('other bytes in the file since are noticed by the next reading', async () => {
    const { folder, path } = await writtenLedger()
    await appendFile(path, '{"seq":6}\n')
    await expect(readLedger(folder)).rejects.toMatchObject({ at: `${path}:6` })
  })
})

function nameOf(entry: LedgerEntry): string {
  return entry.act === 'crl' ? '' : entry.name
}
