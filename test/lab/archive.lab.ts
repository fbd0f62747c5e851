import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endLab, labArchive, labHost, type LabHost, noLab, power } from './host.js'
import { type Operator, operator, outcomeIn, said, unproven } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`
const name = 'archive-new'

const fromArchive = (origin = 'Lab-Upstream', more = '') =>
  `install: { archive: 'file:/mosquitto', origin: ${origin}, key: upstream.asc${more} }\n`

/** All that apt goes by. */
const aptFiles = `
find /etc/apt -type f -printf '%p %M %u:%g\\n' | sort; find /etc/apt -type f -exec cat {} +
`
const version = "dpkg-query -W -f '${Version}' mosquitto"

/** As the device that is away most of the time. */
const away = `mosquitto_sub -h "$BROKER" -p 8883 --insecure --cafile $V/ca.crt --cert $V/client.crt \
  --key $V/client.key -i plug-1 -c -q 1 -t commands/plug-1`

/** Mosquitto 2.0 of one release on the next, whose own 2.1 comes from a signed archive. */
describe.skipIf(noLab)(`from 2.0 to 2.1 by an archive${because}`, () => {
  let host: LabHost
  let person: Operator
  beforeAll(async () => {
    host = await labHost({ name, release: 'forky' })
    const key = await labArchive(host, 'trixie')
    const environment = {
      ...smallSecrets,
      BROKER: host.address,
      V: '.bednet/lab/devices/plug-1',
    }
    person = await operator({ host, profile: smallProfile(host), environment })
    await copyFile(key, join(person.folder, 'upstream.asc'))
    const up = await person.bednet('up', '--json')
    expect(up.exitCode, said(up)).toBe(0)
    expect((await host.run(version)).stdout).toMatch(/^2\.0\./)
  })
  afterAll(async () => {
    await endLab({ name })
    await person.remove()
  })

  const publish = async (topic: string, message: string) =>
    await host.run(
      `mosquitto_pub -h 127.0.0.1 -V 5 -u app -P '${smallSecrets.MOSQUITTO_PASSWORD}' -q 1 -t ${topic} -m ${message} 2>&1`,
    )
  const isForbidden = async () => {
    expect((await publish('plugs/plug-1/x', 'evil')).stdout).toContain('Not authorized')
  }
  const install = async (words: string) => {
    await person.write('bednet.yaml', smallProfile(host, words))
    return await person.bednet('up', '--json')
  }
  const isDone = async () => {
    const again = await person.bednet('up', '--json')
    expect(again.exitCode, said(again)).toBe(0)
    expect(outcomeIn(again)).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
  }

  test('a plan shows what apt will know, and which version comes', async () => {
    await person.write('bednet.yaml', smallProfile(host, fromArchive()))
    const { stdout, exitCode } = await person.bednet('plan')
    expect(exitCode).toBe(2)
    expect(stdout).toMatch(/\+ archive file:\/mosquitto forky: not among the sources of apt/)
    expect(stdout).toMatch(/\+deb \[signed-by=\S+\] file:\/mosquitto forky main/)
    expect(stdout).toMatch(/\+Pin: release o=Lab-Upstream/)
    expect(stdout).toMatch(/~ package mosquitto: 2\.0\.\d+ is installed, .* has version 2\.1\.\d+/)
  })

  test('a plan warns of an upgrade that somebody else would make', async () => {
    const list = '/etc/apt/sources.list.d/somebody.list'
    await host.run(
      `echo 'deb [trusted=yes] file:/mosquitto forky main' >${list}; apt-get -q update`,
    )
    await person.write('bednet.yaml', smallProfile(host))
    const warned = await person.bednet('plan')
    expect(warned.stdout).toMatch(
      /! "apt upgrade" on .* 2\.0\.\d+ to 2\.1\.\d+: packets above 2 MB/,
    )
    await host.run(`rm ${list}; apt-get -q update`)
    const { stdout, exitCode } = await person.bednet('plan')
    expect(stdout).not.toContain('upgrade')
    expect(exitCode).toBe(0)
  })

  test('what 2.1 would not start with keeps a plan from upgrading', async () => {
    const other = '/etc/mosquitto/conf.d/other.conf'
    await host.run(`echo 'include_dir /etc/mosquitto/certs' >${other}`)
    const up = await install(fromArchive())
    expect(up.exitCode, said(up)).toBe(1)
    const { error } = outcomeIn(up)
    expect(error).toMatchObject({ code: 'CONFLICT' })
    expect(error?.at).toContain(`${other}:1`)
    await host.run(`rm ${other}`)
  })

  test('another key, or another origin: all is as it was', async () => {
    const before = (await host.run(aptFiles)).stdout
    const fingerprint = `, fingerprint: ${'0123456ABC'.repeat(4)}`
    for (const words of [fromArchive('Lab-Upstream', fingerprint), fromArchive('Somebody')]) {
      const up = await install(words)
      expect(up.exitCode, said(up)).toBe(1)
      expect(outcomeIn(up).error?.message, said(up)).toMatch(/could not be used; the host is as it/)
      expect((await host.run(aptFiles)).stdout).toBe(before)
      expect((await host.run(version)).stdout).toMatch(/^2\.0\./)
    }
  })

  test('where the power is cut, the host takes it away at boot', async () => {
    const before = (await host.run(aptFiles)).stdout
    await person.write('bednet.yaml', smallProfile(host, fromArchive()))
    const { ended } = person.start('up', '--json')
    const list = '/etc/apt/sources.list.d/bednet-mosquitto.list'
    await host.run(`timeout 60 sh -c 'until [ -e ${list} ]; do sleep 0.01; done'`)
    await power(host, 'kill')
    await power(host, 'start')
    expect((await ended).exitCode).not.toBe(0)
    await host.run("timeout 60 sh -c 'while [ -e /var/lib/bednet/journal ]; do sleep 0.1; done'")
    expect((await host.run(aptFiles)).stdout).toBe(before)
    await person.write('bednet.yaml', smallProfile(host))
    await isDone()
  })

  test('sessions, queues and rights come along', async () => {
    expect(await person.shell(`${away} -E`)).toMatchObject({ exitCode: 0 })
    await publish('commands/plug-1', 'before')
    await isForbidden()
    const up = await install(fromArchive())
    expect(up.exitCode, said(up)).toBe(0)
    expect(unproven(outcomeIn(up)).filter(line => !line.includes('WebSockets'))).toEqual([])
    expect((await host.run(version)).stdout).toMatch(/^2\.1\./)
    await publish('commands/plug-1', 'after')
    await isForbidden()
    const heard = await person.shell(`${away} -C 2 -W 20`)
    expect(heard).toMatchObject({ stdout: 'before\nafter', exitCode: 0 })
    await isDone()
  })

  test('nothing else comes from there', async () => {
    const { stdout } = await host.run('apt-get -s dist-upgrade; apt-cache policy netbase')
    expect(stdout).toMatch(/^ +99 1$/m)
    expect(stdout).not.toMatch(/^Inst/m)
  })

  test('an archive that left the profile is forgotten, and its packages stay', async () => {
    const up = await install('')
    expect(up.exitCode, said(up)).toBe(0)
    expect(outcomeIn(up).plan?.changes).toEqual([
      expect.objectContaining({ resource: 'archive file:/mosquitto forky', action: 'delete' }),
    ])
    expect((await host.run('find /etc/apt -name "bednet*"')).stdout).toBe('')
    expect((await host.run(version)).stdout).toMatch(/^2\.1\./)
    await isDone()
  })

  test('down takes it away too', async () => {
    const up = await install(fromArchive())
    expect(up.exitCode, said(up)).toBe(0)
    expect((await host.run('find /etc/apt -name "bednet*"')).stdout).not.toBe('')
    const down = await person.bednet('down', '--yes')
    expect(down.exitCode, said(down)).toBe(0)
    expect((await host.run('find /etc/apt -name "bednet*"')).stdout).toBe('')
  })
})
