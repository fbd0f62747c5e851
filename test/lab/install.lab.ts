import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { labHost, type LabHost, labSources, noLab } from './host.js'
import { type Operator, outcomeIn, said, unproven, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** There is nothing of Debian's broker there, and the program is the one that was built. */
const findRunning = 'readlink /proc/$(pidof mosquitto)/exe; stat -c %U /proc/$(pidof mosquitto)'
const findProgram = `
dpkg-query -W -f '\${Package}\\n' | grep -c mosquitto
${findRunning}
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
    await goesForThePackage(person, host)
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

/** Whatever was built is there again where the change fails, and gone where it does not. */
async function goesForThePackage(person: Operator, host: LabHost): Promise<void> {
  const built = `find /usr/local /etc/systemd/system -name '*mosquitto*' | sort; ${findRunning}`
  const before = (await host.run(built)).stdout
  const template = await person.readTemplate('broker.conf.hbs')
  await mkdir(join(person.folder, 'own'))
  await person.write('own/broker.conf.hbs', `persistence_location /var/lib/mosquitto/\n${template}`)
  await person.write('bednet.yaml', smallProfile(host, 'templates: ./own\n'))
  const failed = await person.bednet('up', '--json')
  expect(outcomeIn(failed).error?.message, said(failed)).toMatch(/Duplicate.*persistence_location/)
  expect((await host.run(built)).stdout).toBe(before)
  await person.write('bednet.yaml', smallProfile(host))
  const up = await person.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect(outcomeIn(up).plan?.changes[0]).toMatchObject({ action: 'delete' })
  expect(await host.run(findRunning)).toMatchObject({ stdout: '/usr/sbin/mosquitto\nmosquitto' })
  expect((await host.run("find /usr/local -type f -name '*mosquitto*'")).stdout).toBe('')
  const again = await person.bednet('up', '--json')
  expect(outcomeIn(again)).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
}

async function goes(person: Operator, host: LabHost): Promise<void> {
  const down = await person.bednet('down', '--yes')
  expect(down.exitCode, said(down)).toBe(0)
  expect(await host.run('systemctl is-active mosquitto')).toMatchObject({ stdout: 'active' })
  expect((await host.run('ls /etc/mosquitto /var/tmp')).stdout).not.toMatch(/bednet|build/)
}
