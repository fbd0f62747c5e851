import { copyFile, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { status } from '../../src/operations/status.js'
import { rehearse, type Rehearsal } from './rehearsal.js'
import { world } from './verify-broker.js'

let scene: Rehearsal
beforeAll(async () => {
  scene = await rehearse()
  await scene.up()
})
afterAll(() => scene.end())

test('what is as it should be has no drift, and nothing is pending', async () => {
  expect(await broker()).toMatchObject({ served: 'as in the vault', drift: [], pending: [] })
})

test('a certificate that lies on the disk and is not served is named', async () => {
  const generations = join(await scene.root(), 'etc/mosquitto/bednet')
  const [certificate, key] = ['broker.crt', 'broker.key'].map(each =>
    join(generations, 'current', each),
  ) as [string, string]
  await copyFile(certificate, `${scene.folder}/kept.crt`)
  await copyFile(key, `${scene.folder}/kept.key`)
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await execa('openssl', [...words, '-subj', '/CN=hub', '-keyout', key, '-out', certificate])
  process.kill(await scene.processId(), 'SIGHUP')
  await pause(reloadMs)
  await copyFile(`${scene.folder}/kept.crt`, certificate)
  await copyFile(`${scene.folder}/kept.key`, key)
  expect((await broker()).drift).toEqual([
    expect.stringMatching(
      /^~ service mosquitto \(\w+\): broker\.\w+ was written on the host after/,
    ),
    '~ service mosquitto: serves another certificate than lies on its disk; restart it there',
  ])

  // Where even the stamp is newer, only the open port tells.
  const later = new Date(Date.now() + 60_000)
  await utimes(join(generations, 'loaded'), later, later)
  expect((await broker()).drift).toEqual([
    '~ service mosquitto: serves another certificate than lies on its disk; restart it there',
  ])
  process.kill(await scene.processId(), 'SIGHUP')
  await pause(reloadMs)
  expect((await broker()).drift).toEqual([])
})

test('what the profile has and the host has not is no drift', async () => {
  await scene.edit('subscribe: [', 'subscribe: [more/topics, ')
  const { drift, pending } = await broker()
  expect(drift).toEqual([])
  expect(pending).toEqual([
    '~ file acl: the profile asks for another now',
    '~ service mosquitto (reload): acl is read again on reload',
  ])
  expect(
    await readFile(join(await scene.root(), 'etc/mosquitto/bednet/current/acl'), 'utf8'),
  ).not.toContain('more/topics')
})

const reloadMs = 1_100

async function broker() {
  const project = await scene.project()
  const { brokers } = await status({ project, world: world(), brokers: [], withinDays: 0 })
  const [first] = brokers
  if (first === undefined || 'error' in first) throw new Error('no broker', { cause: first })
  return first
}
