import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { labHost, type LabHost, labSudoPassword, noLab, runOverSsh } from './host.js'
import { type Operator, outcomeIn, said, unproven, withPerson } from './operator.js'
import { cannotBeTried, smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

const hosts = [
  { name: 'up-old', release: 'bullseye', sudo: 'password' },
  { name: 'up-port', release: 'bookworm', sshPort: 2222, aptLists: false },
  { name: 'up-root', release: 'bookworm', sudo: 'root' },
  { name: 'up-ipv6', release: 'trixie', ipv6: true },
  { name: 'up-new', release: 'forky' },
] as const satisfies readonly Parameters<typeof labHost>[0][]

/** An old Mosquitto and a new one, and between them and their clients a chain of two, and of one. */
const chained: readonly string[] = ['up-port', 'up-new']

function profileOf(host: LabHost, name: string, more = everyOption): string {
  const profile = smallProfile(host, more)
  if (!chained.includes(name)) return profile
  return profile.replace(
    '\nbrokers:',
    '\n  issuing: { key: rsa2048 }\n  devices: { key: p384 }\nbrokers:',
  )
}

/** What else bednet can put into a configuration: no version may complain of any of it. */
const everyOption = `persistence: true
limits:
  maxConnections: 500
  maxPacket: 64KiB
  maxQueuedMessages: 2000
  maxInflightMessages: 40
  maxKeepalive: 10m
  messageSize: 32KiB
  sessionExpiry: 14d
`

/** What was there before bednet, and is nobody's business but its owner's. */
const plantForeign = `
ufw allow 9999/tcp comment 'not of bednet' >/dev/null
mkdir -p /etc/mosquitto/conf.d && echo 'connection_messages true' >/etc/mosquitto/conf.d/mine.conf
`

/** Files by which bednet could still be known; its lock in /run is gone with the next boot. */
const findLeftOvers = `
find / -xdev -newer /etc/mosquitto/conf.d/mine.conf -name '*bednet*' ! -path '/proc/*' ! -path '/sys/*'
find /run /tmp /var/tmp -name '*bednet*' ! -path /run/bednet; find /run/bednet -mindepth 1 ! -name lock
grep -rl bednet /etc/mosquitto /etc/systemd
`

describe.skipIf(noLab)(`bednet up and down on a small profile${because}`, () => {
  test.concurrent.each(hosts)('$name: $release', async options => {
    const host = await labHost(options)
    const environment = { ...smallSecrets, BEDNET_SUDO_PASSWORD: labSudoPassword }
    const profile = profileOf(host, options.name)
    await withPerson({ host, profile, environment }, async person => {
      await host.run(plantForeign)
      await comesUp(person, host)
      await stays(person)
      await warnsOfNothing(person, host, options.name)
      await goes(person, host)
    })
  })
})

async function comesUp(person: Operator, host: LabHost): Promise<void> {
  const up = await person.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect(outcomeIn(up).status).toBe('changed')
  expect(unproven(outcomeIn(up))).toEqual(cannotBeTried)
  const rules = await allowed(host)
  expect(rules).toEqual([String(host.port), '8883', '8884', '9999'])
}

async function stays(person: Operator): Promise<void> {
  const again = await person.bednet('up', '--json')
  expect(again.exitCode, said(again)).toBe(0)
  expect(outcomeIn(again)).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
  expect(unproven(outcomeIn(again))).toEqual(cannotBeTried)
  const status = await person.bednet('status')
  expect(status.exitCode, said(status)).toBe(0)
}

/**
 * In its log and in the journal: before it has read its configuration it has no log. What it says of
 * the clients that bednet's own proofs have it refuse is no complaint of an option.
 */
const findComplaints = `
{ cat /var/log/mosquitto/mosquitto.log; journalctl -q -o cat _SYSTEMD_UNIT=mosquitto.service; } |
  grep -vE '[0-9]: (Client|New client|New connection|OpenSSL Error|Socket error)' |
  grep -iE 'warning|deprecated|unknown|unsupported|ignor|no longer|not available|obsolete'
`

/** Of each version's options bednet takes none that it complains about. */
async function warnsOfNothing(person: Operator, host: LabHost, name: string): Promise<void> {
  expect(await host.run(findComplaints)).toMatchObject({ stdout: '' })
  // The control: an option that every version warns about is found by the same search.
  await mkdir(join(person.folder, 'own'))
  const template = await person.readTemplate('broker.conf.hbs')
  const own = template.replace('persistence', 'retry_interval 10\npersistence')
  await person.write('own/broker.conf.hbs', own)
  const more = `${everyOption}templates: ./own\n`
  await person.write('bednet.yaml', profileOf(host, name, more))
  const up = await person.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect((await host.run(findComplaints)).stdout).toContain('retry_interval')
}

async function goes(person: Operator, host: LabHost): Promise<void> {
  // The control: before it goes, it is found.
  expect((await host.run(findLeftOvers)).stdout).toContain('/etc/mosquitto/bednet')
  const down = await person.bednet('down', '--yes')
  expect(down.exitCode, said(down)).toBe(0)
  expect(await host.run(findLeftOvers)).toMatchObject({ stdout: '' })
  expect(await allowed(host)).toEqual([String(host.port), '9999'])
  expect(await host.run('cat /etc/mosquitto/conf.d/mine.conf')).toMatchObject({ exitCode: 0 })
  expect(await host.run('systemctl is-active mosquitto')).toMatchObject({ stdout: 'active' })
  expect(await runOverSsh(host, 'echo in')).toMatchObject({ stdout: 'in' })
  const nothing = await person.bednet('down', '--yes')
  expect(nothing).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('nothing') as string,
  })
}

/** The ports that an active ufw lets in. */
async function allowed(host: LabHost): Promise<readonly string[]> {
  const { stdout } = await host.run('ufw status')
  expect(stdout).toContain('Status: active')
  const ports = stdout.split('\n').flatMap(line => /^(\d+)\/tcp +ALLOW/.exec(line)?.[1] ?? [])
  return ports.sort((a, b) => Number(a) - Number(b))
}
