import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { history } from '../../src/operations/history.js'
import { rollback } from '../../src/operations/rollback.js'
import { expectProven, publish, quickstart, rehearse, type Rehearsal } from './rehearsal.js'
import { world } from './verify-broker.js'

const withOthers = quickstart
  .replace('names: sensor-1', 'names: [sensor-1, gone]')
  .replace('users:\n', 'users:\n  left: { password: generated, role: viewer }\n')

let scene: Rehearsal
beforeAll(async () => {
  scene = await rehearse(withOthers)
  expectProven(await scene.up())
  expect(await publish(scene, 'gone')).toBeUndefined()
  await scene.edit('[sensor-1, gone]', 'sensor-1')
  await scene.edit("publish: ['sensors/%u/#", "publish: [more, 'sensors/%u/#")
  await scene.edit('  left: { password: generated, role: viewer }\n', '')
  expectProven(await scene.up())
})
afterAll(() => scene.end())

const fileOf = async (name: string, generation = 'current') =>
  await readFile(join(await scene.root(), 'etc/mosquitto/bednet', generation, name), 'utf8')

const input = async () => ({ project: await scene.project(), world: world(), brokers: [] })
const approve = () => Promise.resolve(true)

async function numbers(): Promise<readonly (readonly [number, boolean])[]> {
  const [kept] = await history(await input())
  if (kept === undefined || 'error' in kept) throw new Error('no history')
  return kept.generations.map(({ number, isCurrent }) => [number, isCurrent])
}

/** Who was revoked, and a user who is gone, although the rest is as it was. */
async function expectGoneStayOut(): Promise<void> {
  expect(await publish(scene, 'sensor-1')).toBeUndefined()
  expect(await publish(scene, 'gone')).toMatch(/^Error: /)
  const names = (await fileOf('passwords')).split('\n').map(line => line.split(':')[0])
  expect(names).toContain('dashboard')
  expect(names).not.toContain('left')
}

describe('a change that fails after it was loaded', () => {
  test('does not bring back who left with it', async () => {
    await scene.edit('names: sensor-1', 'names: [sensor-1, gone-too]')
    expectProven(await scene.up())
    expect(await publish(scene, 'gone-too')).toBeUndefined()
    const before = await fileOf('broker.conf')
    // In the scratch copy it stands once: only the broker itself finds it twice.
    const template = await readFile(
      new URL('../../templates/broker.conf.hbs', import.meta.url),
      'utf8',
    )
    await scene.write('own/broker.conf.hbs', `persistence_location /tmp/\n${template}`)
    await scene.edit('names: [sensor-1, gone-too]', 'names: sensor-1')
    await scene.edit('site: ', 'templates: ./own\nsite: ')
    const { outcomes } = await scene.up().catch((error: unknown) => ({ outcomes: [{ error }] }))
    expect(outcomes).toMatchObject([{ error: { code: 'TRANSACTION_FAILED' } }])
    expect(await fileOf('broker.conf')).toBe(before)
    expect(await publish(scene, 'gone-too')).toMatch(/^Error: /)
    await expectGoneStayOut()
    await scene.edit('templates: ./own\nsite: ', 'site: ')
    expectProven(await scene.up())
  })
})

describe('rollback', () => {
  test('serves what an earlier generation was, but to nobody who is gone', async () => {
    const [[newest] = [0]] = await numbers()
    expect(await fileOf('acl')).toContain('more')
    const [outcome] = await rollback({ ...(await input()), to: 1, approve })
    if (outcome?.status === 'failed') throw outcome.error
    expect(outcome).toMatchObject({ status: 'changed' })
    expect(await fileOf('acl')).toBe(await fileOf('acl', '1'))
    expect((await numbers())[0]).toEqual([newest + 1, true])
    await expectGoneStayOut()
    // The control: what is gone from it was in it.
    expect(await fileOf('passwords', '1')).toContain('left:')
    expect(await fileOf('crl.pem')).not.toBe(await fileOf('crl.pem', '1'))
  })

  test('to where it is changes nothing', async () => {
    const [outcome] = await rollback({ ...(await input()), to: 1, approve })
    expect(outcome).toMatchObject({ status: 'unchanged' })
  })

  test('what the host does not keep is refused, with what it keeps', async () => {
    const [outcome] = await rollback({ ...(await input()), to: 99, approve })
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'NAME_UNKNOWN', hint: expect.stringMatching(/it keeps \d+, /) as unknown },
    })
  })

  test('up brings the profile again', async () => {
    expectProven(await scene.up())
    expect(await fileOf('acl')).toContain('more')
    await expectGoneStayOut()
  })
})
