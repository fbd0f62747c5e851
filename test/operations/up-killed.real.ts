import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  expectProven,
  expectSoundLedger,
  publish,
  quickstart,
  rehearse,
  stepsOf,
  type Rehearsal,
} from './rehearsal.js'
import { buildChild, dieAt } from './up-child.js'

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bednet-child-'))
  program = buildChild(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('up from nothing is killed', () => {
  test.each([
    'authority-created',
    'certificates-issued',
    'writing generation 1',
    'trying the configuration',
    'switching to generation 1',
    'restart of mosquitto',
    'proving what the broker serves',
    'proof-passed',
  ])('at "%s": the next run finishes the work', async word => {
    const scene = await rehearse(quickstart)
    onTestFinished(() => scene.end())
    expect(await dieAt(program, scene.path, word)).toEqual({ signal: 'SIGKILL', said: '' })
    await converges(scene)
  })
})

describe('up after a change is killed', () => {
  let scene: Rehearsal
  let device = 0
  beforeAll(async () => {
    scene = await rehearse(quickstart.replace('names: sensor-1', 'names: [sensor-1, extra-0]'))
    expectProven(await scene.up())
  })
  afterAll(() => scene.end())

  test.each([
    'certificates-issued',
    'certificate-revoked',
    'writing generation',
    'trying the configuration',
    'switching to generation',
    'reload of mosquitto',
    'proving what the broker serves',
  ])('at "%s": the next run finishes the work', async word => {
    device += 1
    await scene.edit(/extra-\d/, `extra-${String(device)}`)
    await scene.edit(
      /publish: \[(?:more\/\d, )?'sensors/,
      `publish: [more/${String(device)}, 'sensors`,
    )
    expect(await dieAt(program, scene.path, word)).toEqual({ signal: 'SIGKILL', said: '' })
    await converges(scene)
    expect(await publish(scene, `extra-${String(device)}`)).toBeUndefined()
    expect(await publish(scene, `extra-${String(device - 1)}`)).toMatch(/^Error: /)
  })
})

async function converges(scene: Rehearsal): Promise<void> {
  const run = await scene.up()
  expect(run.events.map(({ kind }) => kind)).toContain('lock-taken-over')
  expectProven(run)
  await expectSoundLedger(await scene.project())
  const again = await scene.up()
  expect(again.outcome.status).toBe('unchanged')
  expect(again.due).toEqual([])
  expect(stepsOf(again)).toEqual([])
  expect(await publish(scene, 'sensor-1')).toBeUndefined()
  // Of the killed run nothing lies about on the host: its upload had keys in it.
  expect((await readdir(join(await scene.root(), 'run/bednet'))).sort()).toEqual(['lock'])
}
