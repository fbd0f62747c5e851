import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { quickstart, rehearse, type Rehearsal } from './rehearsal.js'

const three = quickstart.replace(
  'host: sandbox',
  'host: one.example.org\n  hub2:\n    host: two.example.org\n  hub3:\n    host: three.example.org',
)

async function started(): Promise<Rehearsal> {
  const scene = await rehearse(three)
  onTestFinished(() => scene.end())
  return scene
}

async function outcomes(scene: Rehearsal): Promise<readonly (readonly [string, string])[]> {
  const run = await scene.up()
  return run.outcomes.map(({ broker, status }) => [broker, status] as const)
}

const folderOf = async (scene: Rehearsal, broker: string) =>
  join((await scene.project()).vault, 'hosts', broker, 'etc/mosquitto')

test('what fails on the first is not tried on the others', async () => {
  const scene = await started()
  const template = new URL('../../templates/broker.conf.hbs', import.meta.url)
  await scene.write('own/broker.conf.hbs', `frobnicate true\n${await readFile(template, 'utf8')}`)
  await scene.edit('site: ', 'templates: ./own\nsite: ')
  const run = await scene.up()
  expect(run.outcomes).toMatchObject([
    { broker: 'hub', status: 'failed', error: { code: 'TRANSACTION_FAILED' } },
    { broker: 'hub2', status: 'held back', because: 'broker hub went first and failed' },
    { broker: 'hub3', status: 'held back' },
  ])
  const about = run.events.flatMap(event => (event.kind === 'host-step' ? [event.about] : []))
  expect(new Set(about)).toEqual(new Set(['hub']))
  await scene.edit('templates: ./own\nsite: ', 'site: ')
  const all = ['hub', 'hub2', 'hub3'].map(broker => [broker, 'changed'])
  expect(await outcomes(scene)).toEqual(all)
})

test('a failure of one is its own, and another goes first', async () => {
  const scene = await started()
  const foreign = join(await folderOf(scene, 'hub'), 'conf.d')
  await mkdir(foreign, { recursive: true })
  await writeFile(join(foreign, 'mine.conf'), 'allow_anonymous true\n')
  expect(await outcomes(scene)).toEqual([
    ['hub', 'failed'],
    ['hub2', 'changed'],
    ['hub3', 'changed'],
  ])
})
