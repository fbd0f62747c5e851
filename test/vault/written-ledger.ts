import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readChain, type Head } from '../../src/vault/chain.js'
import { openLedger, readLedger } from '../../src/vault/ledger-file.js'
import type { Act } from '../../src/vault/ledger.js'
import { issued, listed, recordingPurpose, revoked, scratchFolder } from './scratch.js'

/** A ledger on disk, and its bytes to be damaged. */
interface Written {
  readonly acts: readonly Act[]
  readonly folder: string
  readonly path: string
  readonly content: Buffer
  readonly head: Head
  /** Where its last line begins, in bytes. */
  readonly lastLine: number
}

export const writtenActs: readonly Act[] = [
  issued('a', '01'),
  revoked('a', '01'),
  issued('b', '02'),
  issued('c', '03'),
  listed(2),
]

/** As `issue --from` writes them: two batches, with labels, and what may come after. */
export const batchedActs: readonly Act[] = [
  ...writtenActs,
  ...['04', '05', '06', '07'].map((serial, index): Act => ({
    ...issued(`pump-${serial}`, serial),
    batch: 1 + (index >> 1),
    authority: '3b015530a40d4f3a91de44604eb8d14d94f7a2ff',
    key: 'p256',
    role: 'sensor',
    labels: { place: 'Gewächshaus "2"', floor: String(index) },
  })),
  revoked('pump-05', '05'),
  listed(3),
  { ...issued('pump-04', '08'), key: 'p256', role: 'sensor' },
]

export async function writtenLedger(acts = writtenActs): Promise<Written> {
  const folder = scratchFolder()
  const { append } = await openLedger(folder, recordingPurpose().world)
  await append(acts)
  const path = join(folder, 'ledger.jsonl')
  const content = await readFile(path)
  const lastLine = content.lastIndexOf('\n', content.length - 2) + 1
  return { acts, folder, path, content, head: readChain(content).head, lastLine }
}

/** Cuts it off within the last line: the next opening must repair the file, and report it. */
export async function expectRepair(written: Written, sizeBytes: number): Promise<void> {
  const { acts, folder, path, content } = written
  const headFile = join(folder, 'ledger.head')
  const head = await readFile(headFile)
  await writeFile(path, content.subarray(0, sizeBytes))
  const purpose = recordingPurpose()
  const { append } = await openLedger(folder, purpose.world)
  expect(purpose.events).toMatchObject([{ kind: 'ledger-repaired' }])
  await append([issued('d', '04')])
  const { entries, notices } = await readLedger(folder)
  expect(notices).toEqual([])
  const isWhole = sizeBytes === content.length - 1
  expect(entries.length).toBe(isWhole ? acts.length + 1 : acts.length)
  // As it was, for the next cut.
  await writeFile(headFile, head)
}
