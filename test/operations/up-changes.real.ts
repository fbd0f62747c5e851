import { cp, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { revocationListFacts } from '../../src/pki/revocation.js'
import { listDevices } from '../../src/operations/list.js'
import { readVault } from '../../src/vault/vault.js'
import {
  expectProven,
  handshake,
  publish,
  quickstart,
  rehearse,
  stepsOf,
  type Rehearsal,
  type Run,
} from './rehearsal.js'
import { occupied } from './occupied.js'

/** Without WebSockets, which cannot be reloaded on 2.0. */
const profile = quickstart
  .replace(/ {2}# For browsers[^]*(?=\nusers:)/, '')
  .replace('names: sensor-1', 'names: "sensor-{1..2}"')

let scene: Rehearsal
let before: number
let old: string
beforeAll(async () => {
  scene = await rehearse(profile)
  expectProven(await scene.up())
})
beforeEach(async () => {
  before = await scene.processId()
})
afterAll(() => scene.end())

describe('a change of the profile', () => {
  test('a topic of a role: reloaded, and proven', async () => {
    await scene.edit("publish: ['sensors/%u/#']", "publish: ['sensors/%u/#', 'alarms/%u']")
    const run = await scene.up()
    expect(resources(run)).toEqual(['file acl', 'service mosquitto (reload)'])
    expect(proof(run, 'publish/sensor/alarms/bednet-canary-sensor')).toBe('passed')
    expectProven(run)
    expect(await scene.processId()).toBe(before)
  })

  test('a listener: restarted, and proven', async () => {
    await scene.edit('  - port: 8883', '  - { port: 8893, admit: password }\n  - port: 8883')
    const run = await scene.up()
    expect(resources(run)).toEqual(['file broker.conf', 'service mosquitto (restart)'])
    expect(await scene.processId()).not.toBe(before)
    const port = await scene.port(8893)
    expect(run.outcome.proofs.filter(each => each.port === port).length).toBeGreaterThan(5)
    expectProven(run)
  })

  test('a device taken out: revoked, and refused by the broker', async () => {
    expect(await publish(scene, 'sensor-2')).toBeUndefined()
    const { vault } = await scene.project()
    old = join(scene.folder, 'old')
    await cp(vault, old, { recursive: true, filter: isOfVault(vault) })
    await scene.edit('"sensor-{1..2}"', 'sensor-1')
    const run = await scene.up()
    expect(run.due.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'revocation sensor-2',
      'revocation-list crl.pem',
    ])
    expect(resources(run)).toEqual(['file crl.pem', 'service mosquitto (reload)'])
    expect(await scene.processId()).toBe(before)
    expect(await publish(scene, 'sensor-2')).toMatch(/^Error: /)
    expect(await handshake(scene, 'sensor-2')).toMatch(/alert certificate revoked/)
    expect(await publish(scene, 'sensor-1')).toBeUndefined()
    const pushed = await readFile(join(await scene.root(), current, 'crl.pem'), 'utf8')
    const project = await scene.project()
    const { entries } = await readVault(project.vault).ledger()
    const listed = listDevices(project, entries, new Date())
    expect(listed.map(({ name, state }) => [name, state])).toEqual([
      ['sensor-1', 'good'],
      ['sensor-2', 'revoked'],
    ])
    expect(revocationListFacts(pushed).serials).toContain(listed[1]?.serial?.toUpperCase())
    expectProven(run)
  })

  test('an old copy of the vault, from before that: it is refused, and nothing is issued', async () => {
    const { vault } = await scene.project()
    const ledger = await readFile(join(vault, 'ledger.jsonl'), 'utf8')
    const newest = join(scene.folder, 'newest')
    await cp(vault, newest, { recursive: true, filter: isOfVault(vault) })
    await cp(old, vault, { recursive: true, filter: isOfVault(old) })
    const oldLedger = await readFile(join(vault, 'ledger.jsonl'), 'utf8')
    expect(oldLedger).not.toBe(ledger)
    const run = await scene.up()
    expect(run.outcomes).toMatchObject([{ status: 'failed', error: { code: 'CONFLICT' } }])
    expect(run.outcomes).toMatchObject([
      {
        error: {
          message: expect.stringMatching(/list 2, and this vault's is 1: .*old copy/) as unknown,
        },
      },
    ])
    expect(await readFile(join(vault, 'ledger.jsonl'), 'utf8')).toBe(oldLedger)
    expect(await handshake(scene, 'sensor-2')).toMatch(/alert certificate revoked/)
    await cp(newest, vault, { recursive: true })
    expect((await scene.up()).outcome.status).toBe('unchanged')
  })
})

/** What an operator would carry along; the sandbox's own host lies in there too. */
function isOfVault(vault: string): (path: string) => boolean {
  return path => !['hosts', 'lock'].some(each => path.startsWith(join(vault, each)))
}

describe('a template of one’s own', () => {
  beforeAll(async () => {
    const packaged = fileURLToPath(new URL('../../templates', import.meta.url))
    await mkdir(join(scene.folder, 'own'))
    await cp(join(packaged, 'broker.conf.hbs'), join(scene.folder, 'own/broker.conf.hbs'))
    await scene.edit('site: quickstart', 'site: quickstart\ntemplates: own')
  })

  test('like that of bednet changes nothing', async () => {
    expect((await scene.up()).outcome.status).toBe('unchanged')
  })

  test('that Mosquitto cannot read: the broker is not touched, and its words are told', async () => {
    const generation = await readlink(join(await scene.root(), current))
    const mend = await append('no_such_option true\n')
    const run = await scene.up()
    expect(run.outcomes).toMatchObject([
      {
        status: 'failed',
        error: {
          code: 'TRANSACTION_FAILED',
          at: 'broker "hub"',
          message: expect.stringMatching(
            /Mosquitto does not start with the new configuration; the host is as it was before; it said: [^]*Unknown configuration variable "?no_such_option/,
          ) as unknown,
        },
      },
    ])
    expect(await scene.processId()).toBe(before)
    expect(await readlink(join(await scene.root(), current))).toBe(generation)
    expect(await publish(scene, 'sensor-1')).toBeUndefined()
    await mend()
    expect((await scene.up()).outcome.status).toBe('unchanged')
  })

  test('that fails only where it is loaded: the old one serves again', async () => {
    const generation = await readlink(join(await scene.root(), current))
    const taken = await occupied()
    const mend = await append(`\nlistener ${String(taken.port)} 127.0.0.1\n`)
    const run = await scene.up()
    await taken.free()
    expect(run.outcomes).toMatchObject([
      {
        error: {
          code: 'TRANSACTION_FAILED',
          message: expect.stringMatching(/it said: [^]*Address already in use/) as unknown,
        },
      },
    ])
    expect(await readlink(join(await scene.root(), current))).toBe(generation)
    expect(await publish(scene, 'sensor-1')).toBeUndefined()
    await mend()
    const next = await scene.up()
    expect(next.outcome.status).toBe('unchanged')
    expectProven(next)
  })

  test('that names what nobody knows is refused before anything is asked', async () => {
    const mend = await append('{{nobody}}\n')
    const run = await scene.up()
    expect(run.outcomes).toMatchObject([{ error: { code: 'TEMPLATE_INVALID' } }])
    expect(stepsOf(run)).toEqual([])
    await mend()
  })
})

const current = 'etc/mosquitto/bednet/current'

function resources({ outcome }: Run): readonly string[] {
  return outcome.plan.changes.map(({ resource }) => resource)
}

function proof({ outcome }: Run, id: string): string | undefined {
  return outcome.proofs.find(each => each.id.endsWith(id))?.status
}

/** At the end of the person's broker.conf.hbs; what it returns takes it away. */
async function append(line: string): Promise<() => Promise<void>> {
  const path = join(scene.folder, 'own/broker.conf.hbs')
  const text = await readFile(path, 'utf8')
  await writeFile(path, `${text}${line}`)
  return async () => {
    await rm(path)
    await writeFile(path, text)
  }
}
