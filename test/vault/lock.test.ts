import { writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { thisProcess, type Holder } from '../../src/vault/holder.js'
import { withLock } from '../../src/vault/lock.js'
import { recordingPurpose, scratchFolder } from './scratch.js'

describe('two at once', () => {
  test('in one process: the second is told who, since when and for what', async () => {
    const folder = scratchFolder()
    await withLock(folder, recordingPurpose('rotate'), async () => {
      const second = withLock(folder, recordingPurpose('up'), () => Promise.resolve())
      await expect(second).rejects.toMatchObject({
        code: 'LOCK_HELD',
        message: expect.stringMatching(
          `"bednet rotate" \\(process ${String(process.pid)} of .+ on ${hostname()}\\) since 2026-03-01T12:00:00.000Z`,
        ) as string,
        at: join(folder, 'lock'),
        hint: expect.stringContaining(`rm ${join(folder, 'lock')}`) as string,
      })
    })
  })

  test('many find the same dead lock: never two at work', async () => {
    const folder = scratchFolder()
    await writeLock(folder, await deadHolder())
    let atWork = 0
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, () =>
        withLock(folder, recordingPurpose(), async () => {
          atWork += 1
          expect(atWork).toBe(1)
          await new Promise(resolve => setTimeout(resolve, 5))
          atWork -= 1
        }),
      ),
    )
    const refusals = outcomes.filter(({ status }) => status === 'rejected')
    for (const refusal of refusals) expect(refusal).toMatchObject({ reason: { code: 'LOCK_HELD' } })
    expect(refusals.length).toBeLessThan(outcomes.length)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a lock that was found', () => {
  test.each<[string, (holder: Holder) => object, 'taken over' | 'held']>([
    ['of a process that is gone', holder => ({ ...holder, pid: 2 ** 30 }), 'taken over'],
    [
      'of a number that another process has now',
      holder => ({ ...holder, started: '1' }),
      'taken over',
    ],
    ['of a process that is alive', holder => holder, 'held'],
    ['without a start, of a number in use', holder => ({ ...holder, started: null }), 'held'],
    ['of another host', holder => ({ ...holder, pid: 2 ** 30, host: 'elsewhere' }), 'held'],
    ['of a process group', holder => ({ ...holder, pid: -1 }), 'held'],
    ['of nobody', () => ({}), 'held'],
    ['that is no object', () => [], 'held'],
  ])('%s', async (_, change, expected) => {
    const folder = scratchFolder()
    await writeLock(folder, change(await thisProcess('up', new Date(0))))
    const outcome = await withLock(folder, recordingPurpose(), () =>
      Promise.resolve('taken over'),
    ).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'LOCK_HELD', at: join(folder, 'lock') })
      return 'held'
    })
    expect(outcome).toBe(expected)
    expect(await readdir(folder)).toEqual(expected === 'held' ? ['lock'] : [])
  })

  test.each(['', '{"pid":', 'x'])('with content %j names nobody and is held', async content => {
    const folder = scratchFolder()
    await writeFile(join(folder, 'lock'), content)
    await expect(
      withLock(folder, recordingPurpose(), () => Promise.resolve()),
    ).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringContaining('names nobody') as string,
    })
  })

  test('that leads nowhere ends after a few tries', async () => {
    const folder = scratchFolder()
    await symlink('/nonexistent/lock', join(folder, 'lock'))
    await expect(
      withLock(folder, recordingPurpose(), () => Promise.resolve()),
    ).rejects.toMatchObject({
      code: 'LOCK_HELD',
    })
  })

  test('whose taker-over was killed as well is taken over all the same', async () => {
    const folder = scratchFolder()
    await writeLock(folder, await deadHolder())
    await writeFile(join(folder, 'lock.takeover'), JSON.stringify(await deadHolder()))
    const purpose = recordingPurpose()
    await withLock(folder, purpose, () => Promise.resolve())
    expect(purpose.events).toHaveLength(2)
    expect(await readdir(folder)).toEqual([])
  })

  test('that got another holder while it was looked at is left to that one', async () => {
    const folder = scratchFolder()
    const alive = JSON.stringify(await thisProcess('rotate', new Date(0)))
    await writeLock(folder, await deadHolder())
    await writeFile(join(folder, 'lock.takeover'), JSON.stringify(await deadHolder()))
    // Reported once the dead taker-over is out of the way: the last moment before replacing.
    const report = (): void => {
      writeFileSync(join(folder, 'lock'), alive)
    }
    const purpose = { ...recordingPurpose(), world: { now: () => new Date(0), report } }
    await expect(withLock(folder, purpose, () => Promise.resolve())).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringContaining('"bednet rotate"') as string,
    })
    expect(await readFile(join(folder, 'lock'), 'utf8')).toBe(alive)
  })
})

describe('given back', () => {
  test('when the work throws, with the error of the work', async () => {
    const folder = scratchFolder()
    const failing = withLock(folder, recordingPurpose(), () => Promise.reject(new Error('broken')))
    await expect(failing).rejects.toThrow('broken')
    expect(await readdir(folder)).toEqual([])
  })

  test('only by its holder: another may have it by now', async () => {
    const folder = scratchFolder()
    await withLock(folder, recordingPurpose(), async () => {
      await rm(join(folder, 'lock'))
      await writeFile(join(folder, 'lock'), 'of another')
    })
    expect(await readFile(join(folder, 'lock'), 'utf8')).toBe('of another')
  })
})

test('a vault that cannot be made is named', async () => {
  const folder = scratchFolder()
  await writeFile(join(folder, 'file'), '')
  await mkdir(join(folder, 'other'))
  const vault = join(folder, 'file', 'site')
  await expect(withLock(vault, recordingPurpose(), () => Promise.resolve())).rejects.toMatchObject({
    code: 'VAULT_UNWRITABLE',
    at: vault,
  })
})

async function deadHolder(): Promise<Holder> {
  return { ...(await thisProcess('up', new Date(0))), pid: 2 ** 30 }
}

async function writeLock(folder: string, content: object): Promise<void> {
  await writeFile(join(folder, 'lock'), JSON.stringify(content))
}
