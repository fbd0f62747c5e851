import { describe, expect, test } from 'vitest'
import { labHost, type LabHost, noLab } from './host.js'
import { type Operator, outcomeIn, said, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** What a transaction tells when it begins each of its steps, in their order. */
const steps = [
  'writing generation',
  'trying the configuration',
  'ufw allow',
  'enabling the firewall',
  'switching to generation',
  'restart of mosquitto',
  'proving what the broker serves',
]

const cuts = {
  'the connection': (_host: LabHost, pid: number) => {
    process.kill(pid, 'SIGKILL')
  },
  'the transaction itself': async (host: LabHost) => {
    await host.run(`systemctl kill --signal=KILL 'bednet-*'`)
  },
} as const

describe.skipIf(noLab)(`a host heals itself${because}`, () => {
  test.concurrent.each(Object.entries(cuts))('%s is cut off at each step', async (what, cut) => {
    const host = await labHost({ name: `faults-${what.split(' ')[1] ?? ''}` })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        await cutAt('installing', { host, one, cut })
        await converges(host, one)
        for (const [index, step] of steps.entries()) {
          // Something of every kind: a rule, the switch, files, and a restart.
          await host.run('ufw --force disable')
          await one.write('bednet.yaml', withPort(smallProfile(host), 9000 + index))
          await cutAt(step, { host, one, cut })
          await converges(host, one)
        }
      },
    )
  })

  test.concurrent('it waits for the package lock, and says who has it', async () => {
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

function withPort(profile: string, port: number): string {
  return profile.replace('listeners:', `listeners:\n  - { port: ${String(port)}, admit: password }`)
}

interface Cutting {
  readonly host: LabHost
  readonly one: Operator
  readonly cut: (typeof cuts)[keyof typeof cuts]
}

/** Starts a change and cuts it off when it says that it begins this step. */
async function cutAt(step: string, { host, one, cut }: Cutting): Promise<void> {
  const running = one.start('up', '--json')
  let heard = ''
  let isCut = false
  for await (const text of running.stderr) {
    heard += String(text)
    if (isCut || !heard.includes(`"kind":"host-step","message":"${step}`)) continue
    isCut = true
    await cut(host, running.pid ?? NaN)
  }
  expect(isCut, `"${step}" was never told:\n${heard}`).toBe(true)
  const { exitCode } = await running.ended
  expect(exitCode).not.toBe(0)
  await host.run(`timeout 60 sh -c '${transactionsEnd}'`)
}

const transactionsEnd =
  'while systemctl list-units --no-legend "bednet-*" | grep -q .; do sleep 0.1; done'

/** Whatever was left: nothing of it stays behind, and one more run ends with all proven. */
async function converges(host: LabHost, one: Operator): Promise<void> {
  const { stdout } = await host.run(
    'find /run /tmp -name "*bednet*" ! -path /run/bednet; find /run/bednet -mindepth 1; pgrep -a mosquitto',
  )
  // A change that nobody has confirmed is still open; the next run does.
  const left = stdout.replace('/run/bednet/journal-of-this-boot\n', '')
  expect(left).toMatch(/^\/run\/bednet\/lock(\n\d+ \S+ -c \/etc\/mosquitto\/mosquitto.conf)?$/)
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect(outcomeIn(up).status).not.toBe('failed')
  const plan = await one.bednet('plan', '--json')
  expect(plan.exitCode, said(plan)).toBe(0)
}
