import { execa } from 'execa'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LabHost, noLab } from './host.js'
import { type Operator, operator, said } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** Twenty take a minute and a half; four show the same. */
const count = Number(process.env['BEDNET_LAB_HOSTS'] ?? '4')
const names = Array.from({ length: count }, (_, index) => `many-${String(index)}`)
const [first = '', second = '', third = ''] = names

const lab = async (...words: readonly string[]) =>
  (await execa(fileURLToPath(new URL('../../scripts/lab', import.meta.url)), words)).stdout

type Host = Omit<LabHost, 'run'>

function fleetProfile(hosts: readonly Host[]): string {
  const [one] = hosts
  if (one === undefined) throw new Error('no host')
  const brokers = hosts
    .map(({ name, user, address }) => `  ${name}: { host: ${user}@${address} }\n`)
    .join('')
  return smallProfile(one).replace(/brokers:\n(?: {2}.*\n)+/, `brokers:\n${brokers}`)
}

interface Ended {
  readonly broker: string
  readonly status: string
  readonly error?: { readonly code: string }
  readonly because?: string
  readonly proofs?: readonly { readonly status: string }[]
}

describe.skipIf(noLab)(`${String(count)} hosts at once${because}`, () => {
  let hosts: readonly Host[]
  let one: Operator
  beforeAll(async () => {
    const { hosts: made } = JSON.parse(await lab('up', ...names, '--replace', '--json')) as {
      readonly hosts: readonly (Host & { readonly name: string })[]
    }
    hosts = made
    const [host] = hosts
    if (host === undefined) throw new Error('no host')
    one = await operator({ host, profile: fleetProfile(hosts), environment: smallSecrets })
    // One known_hosts file for each host; the person has them all.
    const known = await Promise.all(hosts.map(each => execa('cat', [each.knownHosts])))
    await one.write('.ssh/known_hosts', known.map(({ stdout }) => `${stdout}\n`).join(''))
    await one.write('.ssh/config', `IdentityFile ${host.key}\n`)
  })
  afterAll(async () => {
    await lab('down', ...names)
    await one.remove()
  })

  async function up(): Promise<{ readonly exitCode: number; readonly ended: readonly Ended[] }> {
    const ran = await one.bednet('up', '--json')
    const { outcomes } = JSON.parse(ran.stdout || 'null') as { readonly outcomes: Ended[] }
    expect(outcomes.length, said(ran)).toBe(count)
    return { exitCode: ran.exitCode, ended: outcomes }
  }

  test('what fails on the first is held back from the others', async () => {
    await lab(
      'run',
      first,
      'printf "#!/bin/sh\\nexit 1\\n" >/usr/local/sbin/ufw; chmod +x /usr/local/sbin/ufw',
    )
    const { exitCode, ended } = await up()
    expect(exitCode).toBe(1)
    expect(ended.map(({ status }) => status)).toEqual([
      'failed',
      ...names.slice(1).map(() => 'held back'),
    ])
    await lab('run', first, 'rm /usr/local/sbin/ufw')
    expect(await lab('run', second, 'ls /etc/mosquitto 2>/dev/null; true')).toBe('')
  })

  test('one that is off and one in conflict fail alone', async () => {
    await lab('stop', first)
    const theirs = 'mkdir -p /etc/mosquitto/conf.d; echo allow_anonymous true'
    await lab('run', second, `${theirs} >/etc/mosquitto/conf.d/mine.conf`)
    const { exitCode, ended } = await up()
    expect(exitCode).toBe(1)
    expect(ended.map(({ status, error }) => error?.code ?? status)).toEqual([
      'HOST_UNREACHABLE',
      'CONFLICT',
      ...names.slice(2).map(() => 'changed'),
    ])
    const proofs = ended.find(({ broker }) => broker === third)?.proofs ?? []
    expect(proofs.filter(({ status }) => status === 'failed')).toEqual([])
    expect(proofs.length).toBeGreaterThan(10)
  })

  test('when they are mended they follow, and then nothing changes', async () => {
    await lab('start', first)
    await lab('run', second, 'rm /etc/mosquitto/conf.d/mine.conf')
    expect((await up()).ended.map(({ status }) => status)).toEqual([
      'changed',
      'changed',
      ...names.slice(2).map(() => 'unchanged'),
    ])
    const { exitCode, ended } = await up()
    expect(exitCode).toBe(0)
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['unchanged']))
  })
})
