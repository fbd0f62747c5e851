import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findSandbox } from '../../src/hosts/sandbox.js'
import { occupied } from './occupied.js'
import {
  expectProven,
  publish,
  quickstart,
  rehearse,
  stepsOf,
  untilGone,
  type Rehearsal,
} from './rehearsal.js'

test('a port that is taken: another one, which stays when it is free again', async () => {
  const taken = await occupied()
  const scene = await started(quickstart.replace('8884', String(taken.port)))
  expectProven(await scene.up())
  const given = await scene.port(taken.port)
  expect(given).not.toBe(taken.port)
  // What remembers it is not that the broker runs.
  await killed(scene)
  expectProven(await scene.up())
  expect(await scene.port(taken.port)).toBe(given)
  await taken.free()
  const run = await scene.up()
  expect(stepsOf(run)).toEqual([])
  expect(await scene.port(taken.port)).toBe(given)
})

test('a remembered port that somebody else has taken meanwhile: another one', async () => {
  const scene = await started(quickstart)
  await scene.up()
  const before = await scene.port(8883)
  await killed(scene)
  const taken = await occupied(before)
  const run = await scene.up()
  await taken.free()
  expectProven(run)
  expect(await scene.port(8883)).not.toBe(before)
  expect(await publish(scene, 'sensor-1')).toBeUndefined()
})

test('two brokers on this machine: each has ports of its own', async () => {
  const scene = await started(
    quickstart.replace(
      'host: sandbox',
      'host: one.example.org\n  hub2:\n    host: two.example.org',
    ),
  )
  const first = await scene.up()
  expect(first.outcomes.map(({ status }) => status)).toEqual(['changed', 'changed'])
  for (const outcome of first.outcomes) expectProven({ ...first, outcome: passed(outcome) })
  const ports = await Promise.all(['hub', 'hub2'].map(async name => await portsOf(scene, name)))
  expect(new Set(ports.flat()).size).toBe(6)
  const second = await scene.up()
  expect(second.outcomes.map(({ status }) => status)).toEqual(['unchanged', 'unchanged'])
})

async function started(text: string): Promise<Rehearsal> {
  const scene = await rehearse(text)
  onTestFinished(() => scene.end())
  return scene
}

async function killed(scene: Rehearsal): Promise<void> {
  const before = await scene.processId()
  process.kill(before, 'SIGKILL')
  await untilGone(before)
}

type Outcomes = Awaited<ReturnType<Rehearsal['up']>>['outcomes']

function passed(outcome: Outcomes[number]) {
  if (outcome.status === 'failed') throw outcome.error
  if (outcome.status === 'held back') throw new Error(outcome.because)
  return outcome
}

async function portsOf(scene: Rehearsal, name: string): Promise<readonly number[]> {
  const root = join((await scene.project()).vault, 'hosts', name)
  const { ports } = await findSandbox(root, [1883, 8883, 8884])
  const text = await readFile(join(root, 'etc/mosquitto/bednet/current/broker.conf'), 'utf8')
  const opened = [...text.matchAll(/^listener (\d+)/gm)].map(([, port]) => Number(port))
  expect(new Set(opened)).toEqual(new Set(ports.values()))
  return [...ports.values()]
}
