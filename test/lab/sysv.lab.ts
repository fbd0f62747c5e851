import { describe, expect, test } from 'vitest'
import { labHost, type LabHost, noLab, power, tryPort } from './host.js'
import { type Operator, outcomeIn, said, unproven, withPerson } from './operator.js'
import { cannotBeTried, smallProfile, smallSecrets } from './profile.js'
import { failToServe, leaveUnconfirmed, staysAsItIs, untilClosed } from './put-back.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/**
 * bookworm's init script makes no folder, and the broker may not write the pid file it makes; that of
 * the others finds no broker that it has started, for their package has no pid file written.
 */
const releases = ['bookworm', 'trixie', 'forky'] as const

/** By Debian's own script, as its owner or logrotate calls it; a signal before "running" ends the broker. */
const byScript = `
wait_for() { timeout 10 sh -c "until $1; do sleep 0.1; done"; }
/etc/init.d/mosquitto stop && wait_for '! ss -Hlnt | grep -q :8883' &&
/etc/init.d/mosquitto restart && wait_for 'tail -n 1 /var/log/mosquitto/mosquitto.log | grep -q running$' &&
/etc/init.d/mosquitto reload && wait_for 'grep -q Reloading /var/log/mosquitto/mosquitto.log'
`

/** A host that had nothing of ours has nothing again, the guard included. */
const ours = `
ls -d /etc/mosquitto/bednet /var/lib/bednet /etc/init.d/bednet* /etc/rc*.d/*bednet*
`

describe.skipIf(noLab)(`a host without systemd${because}`, () => {
  test.concurrent.each(releases)('%s', async release => {
    const host = await labHost({ name: `sysv-${release}`, release, init: 'sysv' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        const up = await one.bednet('up', '--json')
        expect(up.exitCode, said(up)).toBe(0)
        expect(unproven(outcomeIn(up))).toEqual(cannotBeTried)
        await staysAsItIs(one)
        await power(host, 'reboot')
        await staysAsItIs(one)
        if (release === 'bookworm') {
          expect(await host.run(byScript)).toMatchObject({ exitCode: 0 })
          await staysAsItIs(one)
        }
        await failToServe(host, one)
        expect((await host.run(ours)).stdout).toContain('/etc/init.d/bednet-guard')
        const down = await one.bednet('down', '--yes')
        expect(down.exitCode, said(down)).toBe(0)
        expect((await host.run(ours)).stdout).toBe('')
      },
    )
  })

  test.concurrent('a change that nobody confirms is taken back', async () => {
    const host = await labHost({ name: 'sysv-alone', init: 'sysv' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        await isUp(one)
        await leaveUnconfirmed(host, one)
        await untilClosed(host)
        await isTakenBack(host, one)
      },
    )
  })

  test.concurrent('so it is where the power was cut meanwhile, before ufw starts', async () => {
    const host = await labHost({ name: 'sysv-power', init: 'sysv' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        await isUp(one)
        await leaveUnconfirmed(host, one)
        // What the guard finds as it starts: nothing of ufw's may be there yet.
        const look = "sed -i '2i iptables -S >/root/seen 2>\\&1' /etc/init.d/bednet-guard"
        await host.run(look)
        await power(host, 'kill')
        await power(host, 'start')
        await untilClosed(host)
        expect((await host.run('cat /root/seen')).stdout).not.toContain('ufw')
        await isTakenBack(host, one)
      },
    )
  })
})

async function isUp(one: Operator): Promise<void> {
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
}

/** The old profile finds nothing to do; what it said of it is still told. */
async function isTakenBack(host: LabHost, one: Operator): Promise<void> {
  expect(await tryPort(host, 9001)).not.toBe('open')
  const plan = await one.bednet('plan')
  expect(plan.stdout).toMatch(/the host has put back the last change: /)
  await one.write('bednet.yaml', smallProfile(host))
  await staysAsItIs(one)
}
