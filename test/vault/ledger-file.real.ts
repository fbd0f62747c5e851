import { expect, test } from 'vitest'
import { readLedger } from '../../src/vault/ledger-file.js'
import { startChild } from './child.js'
import { scratchFolder } from './scratch.js'
import { batchedActs, expectRepair, writtenActs, writtenLedger } from './written-ledger.js'

test.each([
  ['one by one', writtenActs],
  ['in batches', batchedActs],
])(
  'cut off at every byte of the last line, %s: the next opening repairs it',
  async (_how, acts) => {
    const written = await writtenLedger(acts)
    for (let size = written.lastLine + 1; size < written.content.length; size += 1) {
      await expectRepair(written, size)
    }
  },
)

test('append of a group costs one fsync', async () => {
  const folder = scratchFolder()
  const child = await startChild(
    folder,
    `
    const { open } = await import('node:fs/promises')
    const probe = await open(process.execPath)
    const proto = Object.getPrototypeOf(probe)
    await probe.close()
    const { sync } = proto
    let syncs = 0
    proto.sync = function () { syncs += 1; return sync.call(this) }
    const act = { act: 'crl', number: 1, nextUpdate: 'x', because: 'y' }
    await vault.withVault(folder, purpose, async v => {
      await v.append([act])
      syncs = 0
      await v.append(Array.from({ length: 1000 }, () => act))
      console.log(syncs)
    })`,
  )
  expect(await child.firstLine).toBe('1')
})

test('append on a full disk: says so, keeps what was there, and works again with room', async () => {
  const folder = scratchFolder()
  // The largest file this process may write: 8 kB. Past it a write fails half-way, as on a full disk.
  const limit = `ulimit -f 16;`
  const child = await startChild(
    folder,
    `
    const act = { act: 'crl', number: 1, nextUpdate: 'x'.repeat(700), because: 'y' }
    await vault.withVault(folder, purpose, async v => {
      await v.append([act, act])
      const error = await v.append(Array.from({ length: 20 }, () => act)).catch(error => error)
      await v.append([{ ...act, number: 2 }])
      console.log(error.code, (await v.ledger()).entries.length)
    })`,
    limit,
  )
  expect(await child.firstLine).toBe('VAULT_UNWRITABLE 3')
  await child.ended
  const { entries, notices } = await readLedger(folder)
  expect(entries).toHaveLength(3)
  expect(notices).toEqual([])
})

test('append killed at any moment: what was reported as written is there, and running again works', async () => {
  const folder = scratchFolder()
  for (const lifetimeMs of [5, 20, 60]) {
    const child = await startChild(
      folder,
      `
      const act = { act: 'crl', number: 1, nextUpdate: 'x', because: 'y'.repeat(5000) }
      await vault.withVault(folder, purpose, async v => {
        for (;;) console.log('written', (await v.append([act, act, act])).at(-1).seq)
      })`,
    )
    await child.firstLine
    await new Promise(resolve => setTimeout(resolve, lifetimeMs))
    child.process.kill('SIGKILL')
    const output = await child.ended
    const promised = Number(output.trimEnd().split('\n').at(-1)?.split(' ')[1] ?? 0)
    const { entries } = await readLedger(folder)
    expect(entries.length).toBeGreaterThanOrEqual(promised)
  }
})
