import { createHash } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { labHost, type LabHost, labSources, noLab } from './host.js'
import { type Operator, outcomeIn, said, unproven, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** There is nothing of Debian's broker there, and the program is the one that was built. */
const findProgram = `
dpkg-query -W -f '\${Package}\\n' | grep -c mosquitto
readlink /proc/$(pidof mosquitto)/exe; stat -c %U /proc/$(pidof mosquitto)
`

test.skipIf(noLab)(`Mosquitto from its source${because}`, async context => {
  const host = await labHost({ name: 'build-old', release: 'bookworm' })
  const environment = smallSecrets
  await withPerson({ host, profile: smallProfile(host), environment }, async person => {
    const sources = await labSources(host)
    if ('because' in sources) return context.skip(sources.because)
    await copyFile(sources.path, join(person.folder, 'mosquitto.tar.gz'))
    const sha256 = createHash('sha256')
      .update(await readFile(sources.path))
      .digest('hex')
    const install = `install: { source: mosquitto.tar.gz, sha256: ${sha256} }\n`
    await person.write('bednet.yaml', smallProfile(host, install))
    await comesUp(person, host)
    await isBuiltAnewOnlyWhereItIsAnother(person, host)
    await goes(person, host)
  })
})

async function comesUp(person: Operator, host: LabHost): Promise<void> {
  const up = await person.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect(unproven(outcomeIn(up)).filter(line => !line.includes('WebSockets'))).toEqual([])
  const program = '0\n/usr/local/sbin/mosquitto\nmosquitto'
  expect(await host.run(findProgram)).toMatchObject({ stdout: program })
}

async function isBuiltAnewOnlyWhereItIsAnother(person: Operator, host: LabHost): Promise<void> {
  const again = await person.bednet('up', '--json')
  expect(again.exitCode, said(again)).toBe(0)
  expect(outcomeIn(again)).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
  await host.run(`echo ${'0'.repeat(64)} >/usr/local/share/mosquitto/source.sha256`)
  const built = await person.bednet('up', '--json')
  expect(built.exitCode, said(built)).toBe(0)
  const changes = outcomeIn(built).plan?.changes.map(({ resource }) => resource)
  expect(changes).toEqual([
    expect.stringContaining('program mosquitto'),
    'service mosquitto (restart)',
  ])
}

async function goes(person: Operator, host: LabHost): Promise<void> {
  const down = await person.bednet('down', '--yes')
  expect(down.exitCode, said(down)).toBe(0)
  expect(await host.run('systemctl is-active mosquitto')).toMatchObject({ stdout: 'active' })
  expect((await host.run('ls /etc/mosquitto /var/tmp')).stdout).not.toMatch(/bednet|build/)
}
