import { describe, expect, test } from 'vitest'
import { labHost, type LabHost, noLab } from './host.js'
import { type Operator, outcomeIn, type Running, said, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

describe.skipIf(noLab)(`the lock of a host${because}`, () => {
  test('names its holder, is waited for, and can be ended', async () => {
    const host = await labHost({ name: 'lock' })
    await withPerson(
      { host, profile: smallProfile(host), environment: smallSecrets },
      async one => {
        expect((await one.bednet('lock', '--json')).stdout).toContain('"state":"none"')
        await isWaitedFor(host, one)
        await isTakenOver(host, one)
        await isEnded(host, one)
      },
    )
  })
})

async function isWaitedFor(host: LabHost, one: Operator): Promise<void> {
  await hold(host, 15)
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect(up.stderr).toContain('waiting for another bednet: up of somebody@elsewhere')
  await hold(host, 90)
  await one.write('bednet.yaml', withPort(host, 9001))
  const locked = await one.bednet('up', '--lock-wait', '2s', '--json')
  expect(locked.exitCode, said(locked)).toBe(5)
  expect(outcomeIn(locked).error).toMatchObject({
    code: 'LOCK_HELD',
    message: expect.stringContaining('up of somebody@elsewhere') as unknown,
  })
  await host.run('systemctl stop holder; : >/run/bednet/lock')
}

/** SIGKILL leaves the name in the lock, and a journal: both are said. */
async function isTakenOver(host: LabHost, one: Operator): Promise<void> {
  await host.run(`echo 'up of dead@elsewhere, since yesterday, process 1' >/run/bednet/lock`)
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect(up.stderr).toMatch(/taking over from a bednet that did not finish: up of dead@elsewhere/)
}

async function isEnded(host: LabHost, one: Operator): Promise<void> {
  await one.write('bednet.yaml', withPort(host, 9002))
  const running = await stuck(host, one)
  const status = await one.bednet('lock', 'status')
  expect(status.stdout).toMatch(/broker hub +at work +up of \S+@\S+, from \S+ /)
  expect((await one.bednet('lock', 'release')).exitCode).toBe(64)
  const release = await one.bednet('lock', 'release', '--yes')
  expect(release.exitCode, said(release)).toBe(0)
  const ended = outcomeIn(await running.ended)
  expect(ended.error?.message).toMatch(/interrupted; the host is as it was before/)
  await host.run('rm /usr/local/sbin/ufw')
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
}

function withPort(host: LabHost, port: number): string {
  return smallProfile(host).replace(
    'listeners:',
    `listeners:\n  - { port: ${String(port)}, admit: password }`,
  )
}

/** Somebody else's change, as far as the lock shows it. */
async function hold(host: LabHost, seconds: number): Promise<void> {
  const script = `mkdir -p /run/bednet; exec 9>>/run/bednet/lock; flock 9
    echo "up of somebody@elsewhere, since now, process \\$\\$" >/run/bednet/lock
    sleep ${String(seconds)}; : >/run/bednet/lock`
  await host.run(`systemd-run --unit=holder --collect sh -c '${script}'; sleep 0.5`)
}

/** A change that comes as far as its first rule, where ufw takes its time. */
async function stuck(host: LabHost, one: Operator): Promise<Running> {
  await host.run(
    `printf '#!/bin/sh\\ncase $* in *9002*delete*|*delete*9002*) ;; *9002*) sleep 20 ;; esac\\nexec /usr/sbin/ufw "$@"\\n' >/usr/local/sbin/ufw
    chmod +x /usr/local/sbin/ufw`,
  )
  const running = one.start('up', '--json')
  let heard = ''
  for await (const text of running.stderr) {
    heard += String(text)
    if (/"ufw allow [^"]*9002/.test(heard)) break
  }
  return running
}
