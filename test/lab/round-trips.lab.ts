import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { labHost, noLab } from './host.js'
import { type Operator, said, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'
import { type Distance, openDistance } from './relay.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** Long, so that how busy this machine is counts for little beside it. */
const roundTripMs = 800
const tries = 2

/** More than any difference that noise makes, and less than a round trip. */
const noise = 0.6

describe.skipIf(noLab)(`round trips of a run without a change${because}`, () => {
  test('three more than "ssh host true" at most, however many devices', async () => {
    const host = await labHost({ name: 'bench-trips' })
    const distance = await openDistance(host)
    const near = { ...host, address: '127.0.0.1', port: distance.port }
    const profile = smallProfile(near)
    await withPerson({ host, profile, environment: smallSecrets }, async person => {
      const keys = await readFile(host.knownHosts, 'utf8')
      const name = `[127.0.0.1]:${String(distance.port)}`
      await person.write('known_hosts', keys.replaceAll(/^\S+/gm, name))
      await person.write(
        '.ssh/config',
        `IdentityFile ${host.key}\nUserKnownHostsFile ${person.folder}/known_hosts\n`,
      )
      const login = `ssh -F .ssh/config -p ${String(distance.port)} ${host.user}@127.0.0.1 true`
      const most = 3 + noise + (await roundTripsOf(async () => person.shell(login), distance))
      const few = await countBoth(person, distance)
      await person.write('bednet.yaml', profile.replace('plug-{1..3}', 'plug-{1..100}'))
      const many = await countBoth(person, distance)
      for (const count of [few.plan, few.up, many.plan, many.up]) expect(count).toBeLessThan(most)
      const counts = JSON.stringify({ most, few, many })
      // One for each device, or each file, would be nearly a hundred more.
      expect(Math.abs(many.plan - few.plan), counts).toBeLessThan(3 * noise)
      expect(Math.abs(many.up - few.up), counts).toBeLessThan(3 * noise)
      await changesFarAway(person, distance)
    }).finally(() => {
      distance.close()
    })
  })
})

/** After an `up`, so that nothing is left to do. */
async function countBoth(person: Operator, distance: Distance) {
  distance.roundTripMs = 0
  const up = await person.bednet('up', '--yes', '--no-verify')
  expect(up.exitCode, said(up)).toBe(0)
  return {
    plan: await roundTripsOf(async () => person.bednet('plan'), distance),
    up: await roundTripsOf(async () => person.bednet('up', '--no-verify'), distance),
  }
}

/** 100 ms each way, with a port more: uploaded, restarted, and confirmed over a new connection. */
async function changesFarAway(person: Operator, distance: Distance): Promise<void> {
  distance.roundTripMs = 200
  const profile = await person.read('bednet.yaml')
  const more = profile.replace(/^listeners:\n/m, '$&  - { port: 9001, admit: password }\n')
  expect(more).not.toBe(profile)
  await person.write('bednet.yaml', more)
  const up = await person.bednet('up', '--yes', '--no-verify')
  expect(up.exitCode, said(up)).toBe(0)
  const plan = await person.bednet('plan')
  expect(plan.exitCode, said(plan)).toBe(0)
}

type Run = () => ReturnType<Operator['shell']>

/** What the distance adds, in round trips. The quickest try is the one with the least noise. */
async function roundTripsOf(run: Run, distance: Distance): Promise<number> {
  const near: number[] = []
  const far: number[] = []
  for (let turn = 0; turn < tries; turn++) {
    for (const [taken, ms] of [
      [near, 0],
      [far, roundTripMs],
    ] as const) {
      distance.roundTripMs = ms
      const begun = performance.now()
      const ran = await run()
      taken.push(performance.now() - begun)
      expect(ran.exitCode, said(ran)).toBe(0)
    }
  }
  return (Math.min(...far) - Math.min(...near)) / roundTripMs
}
