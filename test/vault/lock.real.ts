import { expect, test } from 'vitest'
import { withLock } from '../../src/vault/lock.js'
import { startChild } from './child.js'
import { recordingPurpose, scratchFolder } from './scratch.js'

const holding = `await vault.withVault(folder, purpose, async () => { console.log('held'); await forever() })`

test('two at once in two processes: one is held, and when it is killed the other takes over and says so', async () => {
  const folder = scratchFolder()
  const child = await startChild(folder, holding)
  expect(await child.firstLine).toBe('held')
  const work = (): Promise<string> => Promise.resolve('done')
  await expect(withLock(folder, recordingPurpose(), work)).rejects.toMatchObject({
    code: 'LOCK_HELD',
    message: expect.stringContaining(`process ${String(child.process.pid)} `) as string,
  })
  child.process.kill('SIGKILL')
  await child.ended
  const purpose = recordingPurpose()
  expect(await withLock(folder, purpose, work)).toBe('done')
  expect(purpose.events).toMatchObject([
    { kind: 'lock-taken-over', message: expect.stringContaining('is gone') as string },
  ])
})
