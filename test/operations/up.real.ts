import { existsSync } from 'node:fs'
import { readdir, readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { down } from '../../src/operations/down.js'
import { makePlans } from '../../src/operations/plans.js'
import {
  expectProven,
  expectSoundLedger,
  publish,
  rehearse,
  runUp,
  stepsOf,
  untilGone,
  type Rehearsal,
} from './rehearsal.js'
import { world } from './verify-broker.js'

let scene: Rehearsal
beforeAll(async () => {
  scene = await rehearse(undefined, 'bednet up ü (1) %s; ')
})
afterAll(() => scene.end())

describe('a folder with blanks in its name', () => {
  test('from nothing to a proven broker', async () => {
    const run = await scene.up()
    expect(run.outcome.status).toBe('changed')
    expectProven(run)
    expect(await publish(scene, 'sensor-1')).toBeUndefined()
    await expectSoundLedger(await scene.project())
  })

  test('all of the vault is private, the file tree of the sandbox too', async () => {
    const { vault } = await scene.project()
    const open: string[] = []
    const entries = await readdir(vault, { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isSymbolicLink() || path.startsWith(join(vault, 'hosts/'))) continue
      const { mode } = await stat(path)
      if ((mode & 0o777) !== (entry.isDirectory() ? 0o700 : 0o600)) open.push(path)
    }
    expect(entries.length).toBeGreaterThan(40)
    expect(open).toEqual([])
    expect((await stat(join(vault, 'hosts/hub'))).mode & 0o777).toBe(0o700)
  })

  test('a second run changes nothing, and proves it', async () => {
    const [before, entries] = [await scene.processId(), await ledgerLength(scene)]
    const run = await scene.up()
    expect(run.due).toEqual([])
    expect(run.outcome).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
    expect(stepsOf(run)).toEqual([])
    expectProven(run)
    expect([await scene.processId(), await ledgerLength(scene)]).toEqual([before, entries])
  })

  test('a broker that was killed is started again, at the ports it had', async () => {
    const before = await scene.processId()
    const port = await scene.port(8883)
    process.kill(before, 'SIGKILL')
    await untilGone(before)
    const run = await scene.up()
    expect(run.outcome.plan.changes).toMatchObject([
      { resource: 'service mosquitto (restart)', because: 'stopped on the host' },
    ])
    expectProven(run)
    expect(await scene.processId()).not.toBe(before)
    expect(await scene.port(8883)).toBe(port)
  })

  test('two at once: one is told who is at work', async () => {
    const project = await scene.project()
    const runs = await Promise.allSettled([runUp(project), runUp(project)])
    const [refused, ...others] = runs.filter(({ status }) => status === 'rejected')
    expect(others).toEqual([])
    expect(refused).toMatchObject({
      reason: {
        code: 'LOCK_HELD',
        message: expect.stringContaining(
          `"bednet up" (process ${String(process.pid)} of `,
        ) as unknown,
      },
    })
  })

  test('down ends the broker, and leaves the vault', async () => {
    const before = await scene.processId()
    const project = await scene.project()
    const asked: (readonly string[])[] = []
    const input = { project, world: world(), brokers: [] }
    const takeDown = () =>
      down({ ...input, approve: lines => Promise.resolve(asked.push(lines) > 0) })
    expect(await takeDown()).toEqual([{ broker: 'hub', status: 'changed' }])
    expect(asked).toEqual([[expect.stringContaining('broker "hub"')]])
    await untilGone(before)
    expect(existsSync(join(await scene.root(), 'etc/mosquitto/bednet'))).toBe(false)
    await expectSoundLedger(project)
    // Nothing is left to take, and nobody is asked.
    expect(await takeDown()).toEqual([{ broker: 'hub', status: 'unchanged' }])
    expect(asked).toHaveLength(1)
    const { due, plans } = await makePlans(input)
    expect(due).toEqual([])
    expect(plans[0]?.generation?.number).toBe(1)
  })

  test('and up brings it back with what the vault has', async () => {
    const entries = await ledgerLength(scene)
    const run = await scene.up()
    expectProven(run)
    expect(await readlink(join(await scene.root(), 'etc/mosquitto/bednet/current'))).toBe('1')
    expect(await ledgerLength(scene)).toBe(entries)
  })

  test('down ends a broker that has lost its configuration', async () => {
    const before = await scene.processId()
    await rm(join(await scene.root(), 'etc/mosquitto/bednet'), { recursive: true })
    const project = await scene.project()
    const approve = () => Promise.resolve(true)
    expect(await down({ project, world: world(), brokers: [], approve })).toEqual([
      { broker: 'hub', status: 'changed' },
    ])
    await untilGone(before)
  })
})

async function ledgerLength(of: Rehearsal): Promise<number> {
  return (await stat(join((await of.project()).vault, 'ledger.jsonl'))).size
}
