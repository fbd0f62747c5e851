import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makePlans } from '../../src/operations/plans.js'
import { rehearsed } from '../../src/operations/sandbox.js'
import { loadProject } from '../../src/operations/load.js'
import { quickstart, rehearse, runUp, type Rehearsal } from './rehearsal.js'
import { world } from './verify-broker.js'

const planted = 'PLANTED-mosquitto-0815'
const profile = quickstart.replace('password: generated', 'password: { env: MOSQUITTO_PASSWORD }')
const environment = { ...process.env, MOSQUITTO_PASSWORD: planted }

let scene: Rehearsal
beforeAll(async () => {
  scene = await rehearse(profile)
})
afterAll(() => scene.end())

describe.each([
  ['from nothing', profile, 'writing generation 1'],
  ['after a change', profile.replace('sensors/%u/#', 'others/%u/#'), 'writing generation 2'],
  [
    'that fails',
    profile.replace('site: quickstart', 'site: quickstart\ntemplates: own'),
    'Unknown configuration variable',
  ],
])('up %s', (_what, text, word) => {
  let told: string
  let seen: string
  let secrets: readonly string[]
  beforeEach(() => {
    expect(secrets.length).toBeGreaterThan(20)
  })
  beforeAll(async () => {
    await scene.write('bednet.yaml', text)
    await scene.write('own/broker.conf.hbs', 'no_such_option true\n')
    const project = rehearsed(await loadProject(scene.path), { sandbox: true, environment })
    const plansBefore = await makePlans({ project, world: world(environment), brokers: [] })
    const watch = watchProcesses()
    const { due, events, outcomes } = await runUp(project, { environment })
    seen = await watch.end()
    const plansAfter = await makePlans({ project, world: world(environment), brokers: [] })
    told = [plansBefore, plansAfter, due, events, outcomes].map(shown).join('\n')
    secrets = [planted, ...(await secretsIn(project.vault))]
  })

  test('no secret is in a plan, an event, an error or an outcome', () => {
    expect(told).toContain(word)
    expect(secrets.filter(secret => told.includes(secret))).toEqual([])
  })

  test('no secret is in an argument or the environment of a process', () => {
    for (const tool of ['/bin/sh', 'mosquitto']) expect(seen).toContain(tool)
    expect(secrets.filter(secret => seen.includes(secret))).toEqual([])
  })
})

test('the broker, which lives on, has nothing of the environment of up', async () => {
  const path = `/proc/${String(await scene.processId())}/environ`
  expect(await readFile(path, 'utf8')).not.toContain(planted)
})

test('this way of looking would see each of them', async () => {
  const watch = watchProcesses()
  const child = spawn('sleep', ['0.5'], {
    argv0: 'in-an-argument',
    env: { A: 'in-an-environment' },
  })
  await new Promise(resolve => child.once('close', resolve))
  const seen = await watch.end()
  expect(seen).toContain('in-an-argument')
  expect(seen).toContain('in-an-environment')
  expect(shown(new Error('x', { cause: { planted } }))).toContain(planted)
})

function shown(value: unknown): string {
  return `${JSON.stringify(value)}${inspect(value, { depth: 12, showHidden: true })}`
}

/** Of keys a line of their body, for they are written in other ways as well. */
async function secretsIn(vault: string): Promise<readonly string[]> {
  const secrets: string[] = []
  for (const entry of await readdir(vault, { recursive: true, withFileTypes: true })) {
    if (!/^(password|passphrase|hash|.*\.key)$/.test(entry.name)) continue
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8')
    secrets.push(text.split('\n')[1] ?? text)
  }
  return secrets
}

/** All arguments and environments of processes other than this one, as anybody may look at them. */
function watchProcesses() {
  const seen = new Set<string>()
  let isOver = false
  const look = async () => {
    while (!isOver) {
      for (const name of await readdir('/proc')) {
        if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
        for (const file of ['cmdline', 'environ']) {
          const text = await readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')
          seen.add(text.replaceAll('\0', ' '))
        }
      }
      await pause(2)
    }
  }
  const looking = look()
  return {
    end: async () => {
      isOver = true
      await looking
      return [...seen].join('\n')
    },
  }
}
