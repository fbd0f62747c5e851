import { describe, expect, test } from 'vitest'
import { labHost, type LabHost, noLab, power, runOverSsh, tryPort } from './host.js'
import { type Operator, outcomeIn, said, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'
import { leaveUnconfirmed, untilClosed } from './put-back.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** What a host is, as far as a change with a new port touches it. */
const state = `
readlink /etc/mosquitto/bednet/current; cat /etc/mosquitto/bednet/loaded
grep ENABLED /etc/ufw/ufw.conf; grep -c 'comment=' /etc/ufw/user.rules /etc/ufw/user6.rules
ls /run/bednet; systemctl is-active mosquitto
`

/** A host that had nothing of ours has nothing again, the guard included. */
const ours = 'ls -d /etc/mosquitto/bednet /var/lib/bednet /etc/systemd/system/bednet*'

describe.skipIf(noLab)(`the guard of a host${because}`, () => {
  test.concurrent('a firewall that locks its maker out is taken back', async () => {
    const host = await labHost({ name: 'guard-out' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        // Somebody's rule, which nobody feels while ufw is off; of two, ufw takes the first.
        await host.run(`ufw deny from 10.99.0.0/16 to any port 22 proto tcp comment 'no lab'`)
        const up = await one.bednet('up', '--json')
        expect(up.exitCode, said(up)).toBe(1)
        expect(outcomeIn(up).error?.message).toMatch(/cannot be reached over a new connection/)
        expect(await tryPort(host, host.port)).toBe('silent')
        await untilClosed(host)
        expect(await runOverSsh(host, 'echo in')).toMatchObject({ stdout: 'in' })
        expect((await host.run('ufw show added')).stdout).toContain('deny from 10.99.0.0/16')
        expect((await host.run(ours)).stdout).toBe('')
      },
    )
  })

  test.concurrent('a change that nobody confirms is taken back', async () => {
    const host = await labHost({ name: 'guard-alone' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        const before = await isUp(host, one)
        await leaveUnconfirmed(host, one)
        const plan = await one.bednet('plan')
        expect(plan.stdout).toContain('the last change is not confirmed')
        await untilClosed(host)
        expect((await host.run(state)).stdout).toBe(before)
        expect(await tryPort(host, 9001)).not.toBe('open')
        const after = await one.bednet('plan')
        expect(after.stdout).toMatch(/the host has put back the last change: nobody came back/)
        await finishes(one)
      },
    )
  })

  test.concurrent('a host that starts again before it is confirmed is as before', async () => {
    const host = await labHost({ name: 'guard-power' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        const before = await isUp(host, one)
        await leaveUnconfirmed(host, one)
        await power(host, 'kill')
        await power(host, 'start')
        await untilClosed(host)
        await host.run('timeout 20 sh -c "until systemctl is-active mosquitto; do sleep 0.2; done"')
        expect((await host.run(state)).stdout).toBe(before)
        await finishes(one)
      },
    )
  })

  test.concurrent(
    'a first change that fails leaves nothing, and down ends an open one',
    async () => {
      const host = await labHost({ name: 'guard-down' })
      await withPerson(
        { host, profile: smallProfile(host), environment: smallSecrets },
        async one => {
          await host.run('mv /etc/apt/sources.list /root/; rm -rf /var/lib/apt/lists/*')
          const up = await one.bednet('up', '--json')
          expect(outcomeIn(up).error?.message).toMatch(/the packages could not be installed/)
          expect((await host.run(ours)).stdout).toBe('')
          await host.run('mv /root/sources.list /etc/apt/')
          await isUp(host, one)
          await leaveUnconfirmed(host, one)
          const down = await one.bednet('down', '--yes')
          expect(down.exitCode, said(down)).toBe(0)
          expect((await host.run(ours)).stdout).toBe('')
        },
      )
    },
  )

  test.concurrent('whoever comes over a new connection confirms it', async () => {
    const host = await labHost({ name: 'guard-next' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        await isUp(host, one)
        // Cut off while it was closed: it must not keep the next one from being closed.
        await host.run('mkdir -p /var/lib/bednet/journal.closed/half')
        await leaveUnconfirmed(host, one)
        const up = await one.bednet('up', '--json')
        expect(up.exitCode, said(up)).toBe(0)
        expect(outcomeIn(up).status).toBe('unchanged')
        expect(up.stderr).toContain('confirming the change over a new connection')
        expect((await host.run('ls /var/lib/bednet')).stdout).toBe('')
      },
    )
  })
})

async function isUp(host: LabHost, one: Operator): Promise<string> {
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  return (await host.run(state)).stdout
}

async function finishes(one: Operator): Promise<void> {
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  const plan = await one.bednet('plan')
  expect(plan.exitCode, said(plan)).toBe(0)
}
