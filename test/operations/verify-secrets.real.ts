import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { verifyBroker } from '../../src/operations/verify.js'
import type { VerifyInput } from '../../src/operations/verify-scene.js'
import type { Event } from '../../src/world.js'
import { startBroker, type RunningBroker } from './verify-broker.js'
import { article } from './verify-fleets.js'

const tools = ['openssl', 'mosquitto_pub', 'mosquitto_sub']

let folder: string
let record: string
let scratch: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bednet-witness-'))
  record = join(folder, 'record')
  scratch = join(folder, 'scratch')
  await mkdir(join(folder, 'bin'))
  await mkdir(scratch)
  for (const tool of tools) await writeWitness(tool)
  vi.stubEnv('TMPDIR', scratch)
  vi.stubEnv('MOSQUITTO_PASSWORD', 'planted-in-the-environment')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

describe.each([
  ['as it should be', {}],
  [
    'that nothing works with',
    { configuration: (text: string) => text.replace(/certfile .*/g, '') },
  ],
])('a broker %s', (_name, flaw) => {
  test('nothing secret is in arguments, environments, reports or proofs', async () => {
    await writeFile(record, '')
    const broker = await startBroker(article, flaw)
    const { told, secrets } = await proveWatched(broker)
    const seen = await readFile(record, 'utf8')
    for (const tool of tools) expect(seen).toContain(`${tool} `)
    expect(secrets.filter(secret => `${seen}${told}`.includes(secret))).toEqual([])
  })

  test('what lies on disk meanwhile is private, and nothing stays', async () => {
    const seen = await readFile(record, 'utf8')
    const files = [...seen.matchAll(/^file (\d+) (\S+)$/gm)].filter(
      ([, , path]) => path !== scratch,
    )
    const open = files.filter(([, mode]) => mode !== '600' && mode !== '700')
    expect(files.length).toBeGreaterThan(10)
    expect(open.map(([line]) => line)).toEqual([])
    expect(await readdir(scratch)).toEqual([])
  })
})

test('the witness would have seen a secret', async () => {
  await writeFile(record, '')
  const environment = { PATH: '/usr/bin:/bin', PLANTED: 'in-the-environment' }
  spawnSync(join(folder, 'bin', 'openssl'), ['in-an-argument'], { env: environment })
  const seen = await readFile(record, 'utf8')
  expect(seen).toContain('in-an-argument')
  expect(seen).toContain('in-the-environment')
})

/** Stands before a tool on PATH and writes down all that others could see of it. */
async function writeWitness(tool: string): Promise<void> {
  const lines = [
    '#!/bin/sh',
    `{ echo "${tool} $*"; env; find '${scratch}' -printf 'file %m %p\\n' 2>/dev/null; } >>'${record}'`,
    `exec /usr/bin/${tool} "$@"`,
  ]
  await writeFile(join(folder, 'bin', tool), `${lines.join('\n')}\n`)
  await chmod(join(folder, 'bin', tool), 0o755)
}

async function proveWatched(broker: RunningBroker) {
  const events: Event[] = []
  const { input } = broker
  const watched = withPath(input, `${join(folder, 'bin')}:/usr/bin:/bin`)
  const report = (event: Event) => events.push(event)
  const proofs = await verifyBroker({ ...watched, world: { ...watched.world, report } })
  await broker.stop()
  const told = [proofs, events].map(value => `${JSON.stringify(value)}${inspect(value)}`).join('')
  const secrets = [...input.credentials.canaries.values()].flatMap(({ password, keyPem }) => [
    password.reveal(),
    keyPem.reveal().split('\n')[1] ?? '',
  ])
  return { told, secrets: [...secrets, 'planted-in-the-environment'] }
}

function withPath(input: VerifyInput, path: string): VerifyInput {
  const environment = { ...input.world.environment, PATH: path }
  return { ...input, world: { ...input.world, environment } }
}
