import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, closeBench, isUp, openBench } from '../faults/bench.js'
import { matrix } from '../faults/matrix.js'
import { labHost, noLab } from './host.js'
import { said, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** `scripts/faults` fails every step; this is each kind of fault where it matters most. */
describe.skipIf(noLab)(`a change survives${because}`, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench('faults-cut', 'bookworm')
    await isUp(bench)
  })
  afterAll(async () => {
    await closeBench(bench)
  })

  const inSuite = matrix.filter(each => each.isInSuite)
  test.each(inSuite.map(each => [each.name, each] as const))('%s', async (_, each) => {
    bench = await each.run(bench)
  })
})

describe.skipIf(noLab)(`somebody else's work${because}`, () => {
  test('it waits for the package lock, and says who has it', async () => {
    const host = await labHost({ name: 'faults-lock' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        const slowly = `apt-get -o DPkg::Pre-Invoke::='sleep 15' install -y libfaketime`
        await host.run(`systemd-run --unit=holder ${slowly}; sleep 1`)
        const up = await one.bednet('up', '--json')
        expect(up.stderr).toMatch(/waiting for the package lock, held by apt-get \(process \d+\)/)
        expect(up.exitCode, said(up)).toBe(0)
      },
    )
  })
})
