import { existsSync, readFileSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  endLab,
  labHost,
  labSudoPassword,
  noLab,
  power,
  releases,
  runOverSsh,
  tryPort,
  type LabHost,
} from './host.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** bullseye's Mosquitto is as old as bookworm's; what differs is everything around it. */
const mosquittoOf = { bullseye: '2.0.11', bookworm: '2.0.11', trixie: '2.0.21', forky: '2.1.2' }

const testedReleases = releases.filter(
  release => process.env['BEDNET_LAB_RELEASES']?.split(',').includes(release) ?? true,
)

describe.skipIf(noLab)(`the lab${because}`, () => {
  describe.each(testedReleases)('a host of %s', release => {
    let host: LabHost
    beforeAll(async () => {
      host = await labHost({ name: `self-${release}`, release })
    })
    afterAll(async () => {
      await endLab({ name: `self-${release}` })
    })

    test('boots that release with systemd as PID 1, and every unit is well', async () => {
      expect(await host.run('cat /proc/1/comm')).toMatchObject({ stdout: 'systemd' })
      expect((await host.run('cat /etc/os-release')).stdout).toContain(release)
      expect(await host.run('systemctl is-system-running --wait')).toMatchObject({
        stdout: 'running',
      })
    })

    test('lets its user in by key, and sudo asks nothing', async () => {
      expect(await runOverSsh(host, 'id -un; sudo -n id -un')).toEqual({
        stdout: 'ubuntu\nroot',
        stderr: '',
        exitCode: 0,
      })
    })

    test('installs Mosquitto offline', async () => {
      const { exitCode } = await host.run(
        'DEBIAN_FRONTEND=noninteractive apt-get -q install -y mosquitto mosquitto-clients openssl',
      )
      expect(exitCode).toBe(0)
      // forky starts the broker before its libraries can be found: the second start succeeds.
      const untilActive = 'until systemctl is-active --quiet mosquitto; do sleep 0.1; done'
      expect(await host.run(`timeout 20 sh -c '${untilActive}'`)).toMatchObject({ exitCode: 0 })
      expect((await host.run('mosquitto -h')).stdout).toContain(`version ${mosquittoOf[release]}`)
    })

    test('ufw lets through the port with a rule, and no other', async () => {
      await host.run(String.raw`printf 'listener 8883\nlistener 8884\n' \
        > /etc/mosquitto/conf.d/lab.conf && systemctl restart mosquitto`)
      expect([await tryPort(host, 8883), await tryPort(host, 8884)]).toEqual(['open', 'open'])
      expect(await tryPort(host, 8885)).toBe('refused')

      const { exitCode, stderr } = await host.run(
        'ufw allow 22/tcp && ufw allow 8883/tcp && ufw --force enable',
      )
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect([await tryPort(host, 8883), await tryPort(host, 8884)]).toEqual(['open', 'silent'])
    })

    test('comes back from a reboot with all that was enabled', async () => {
      await power(host, 'reboot')
      expect(await host.run('systemctl is-active mosquitto ufw')).toMatchObject({
        stdout: 'active\nactive',
      })
      expect([await tryPort(host, 8883), await tryPort(host, 8884)]).toEqual(['open', 'silent'])
    })

    test('keeps what was written, over a power cut', async () => {
      await host.run('echo kept > /root/note && sync')
      await power(host, 'kill')
      expect(await tryPort(host, 22)).not.toBe('open')
      await power(host, 'start')
      expect(await host.run('cat /root/note')).toMatchObject({ stdout: 'kept' })
    })
  })

  describe('in place of the usual', () => {
    const name = 'self-other'
    afterEach(async () => {
      await endLab({ name })
    })

    test('an init without systemd, which reboots and survives a power cut', async () => {
      const host = await labHost({ name, init: 'sysv' })
      const state = 'cat /proc/1/comm; command -v systemctl; ls -d /run/systemd'
      expect(await host.run(state)).toMatchObject({ stdout: 'init' })
      await power(host, 'reboot')
      await power(host, 'kill')
      await power(host, 'start')
      expect(await runOverSsh(host, 'sudo -n runlevel')).toMatchObject({ stdout: 'N 2' })
      await power(host, 'stop')
      await power(host, 'start')
      // What the end of a host left read-only would stay so.
      expect(await host.run('touch /root/note')).toMatchObject({ exitCode: 0 })
    })

    test('sudo and coreutils in Rust', async () => {
      const host = await labHost({ name, release: 'trixie', sudoRs: true, rustCoreutils: true })
      const { stdout } = await runOverSsh(host, 'readlink -f /bin/sudo /bin/ls /bin/stat')
      expect(stdout).toBe('/usr/lib/cargo/bin/sudo\n/usr/bin/coreutils\n/usr/bin/coreutils')
      expect(await runOverSsh(host, 'sudo -n id -un')).toMatchObject({ stdout: 'root' })
    })
  })

  describe('variants', () => {
    const alias = 'lab-alias.bednet.test'
    let host: LabHost
    beforeAll(async () => {
      const ends = { sshPort: 2222, aptLists: false, aliases: [alias] }
      host = await labHost({ name: 'self-variant', sudo: 'password', ipv6: true, ...ends })
    })
    afterAll(async () => {
      await endLab({ name: 'self-variant' })
    })

    test('sudo asks for the password', async () => {
      expect((await runOverSsh(host, 'sudo -n true')).exitCode).not.toBe(0)
      const typed = await runOverSsh(host, `echo ${labSudoPassword} | sudo -S -p '' id -un`)
      expect(typed).toMatchObject({ stdout: 'root', exitCode: 0 })
    })

    test('sshd is on the asked port, and its keys are known for every name', async () => {
      expect([await tryPort(host, 2222), await tryPort(host, 22)]).toEqual(['open', 'refused'])
      expect(readFileSync(host.knownHosts, 'utf8')).toContain(
        `[${host.address}]:2222,[${String(host.ipv6)}]:2222,[${alias}]:2222 ssh-ed25519 `,
      )
    })

    test('the alias resolves to it, until it goes down and leaves nothing', async () => {
      expect((await lookup(alias)).address).toBe(host.address)
      expect((await host.run('ls /var/lib/apt/lists')).stdout).not.toContain('Packages')
      await endLab(host)
      expect(readFileSync('/etc/hosts', 'utf8')).not.toContain(alias)
      expect(existsSync(host.knownHosts)).toBe(false)
      expect(readFileSync('/proc/mounts', 'utf8')).not.toContain('hosts/self-variant')
    })
  })
})
