import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endLab, labHost, type LabHost, labSudoPassword, noLab } from './host.js'
import { type Operator, operator, said } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`
const name = 'secrets'
const vault = '.bednet/lab'

/** Found in every place that is searched, so that a search that finds nothing is known to search. */
const control = 'c0ntrol-that-must-be-found'

/** What every process of the host is called with, each text once; many times faster than a shell. */
const sampler = String.raw`
$| = 1;
while (1) {
  for (glob "/proc/[0-9]*/cmdline") {
    open my $file, $_ or next;
    $told{$_}++ or print "$_\n" for split /\0/, do { local $/; <$file> // "" };
  }
  select undef, undef, undef, 0.002;
}`
const sampleArguments = `
cat >/root/sampler <<'end'${sampler}
end
systemd-run --quiet --unit=sampler sh -c 'exec perl /root/sampler >/root/sampled'`

describe.skipIf(noLab)(`no secret is left on the way${because}`, () => {
  let host: LabHost
  let one: Operator
  let secrets: readonly string[]
  const told: string[] = []
  beforeAll(async () => {
    host = await labHost({ name, sudo: 'password' })
    const environment = { ...smallSecrets, BEDNET_SUDO_PASSWORD: labSudoPassword }
    one = await operator({ host, profile: smallProfile(host), environment })
    await host.run(`touch /root/before && ${sampleArguments}`)
    await host.run(`logger ${control}; sh -c ': ${control}; sleep 0.5'`)
    for (const words of [['plan'], ['up'], ['up', '--yes'], ['plan'], ['status'], ['verify']]) {
      const ran = await one.bednet(...words, '--verbose', '--json')
      told.push(said(ran))
      if (words[0] === 'up') expect(ran.exitCode, said(ran)).toBe(0)
    }
    await host.run('systemctl stop sampler')
    secrets = [...Object.values(smallSecrets), labSudoPassword, ...(await secretsOfVault())]
  })
  afterAll(async () => {
    await endLab({ name })
    await one.remove()
  })

  /** Passwords of the canaries, and the body of each private key that reaches the host. */
  const secretsOfVault = async (): Promise<readonly string[]> => {
    const canaries = await readdir(join(one.folder, vault, 'canaries'))
    const passwords = canaries.map(each => one.read(`${vault}/canaries/${each}/password`))
    const keys = [
      one.read(`${vault}/brokers/hub/broker.key`),
      ...canaries.map(each => one.read(`${vault}/canaries/${each}/client.key`)),
    ]
    const bodies = (await Promise.all(keys)).map(pem => pem.split('\n')[1] ?? '')
    return [...(await Promise.all(passwords)).map(text => text.trim()), ...bodies]
  }

  const found = (text: string) => secrets.filter(secret => text.includes(secret))
  const lacks = (text: string, ...words: readonly string[]) =>
    words.filter(word => !text.includes(word))

  test('there is something to look for', () => {
    expect(secrets.length).toBeGreaterThan(10)
    for (const secret of secrets) expect(secret.length).toBeGreaterThanOrEqual(16)
  })

  test('not in what bednet says, and not in a plan', () => {
    const text = told.join('\n')
    expect(lacks(text, '"kind":"host-step"', 'bednet-canary-peer')).toEqual([])
    expect(found(text)).toEqual([])
  })

  test('not in the arguments of any process, encoded or not', async () => {
    const { stdout } = await host.run('cat /root/sampled')
    // A script arrives as base64 in one argument.
    const scripts = stdout.match(/[A-Za-z0-9+/]{200,}={0,2}/g) ?? []
    const decoded = scripts.map(text => Buffer.from(text, 'base64').toString()).join('\n')
    expect(lacks(stdout, control, './transaction.sh', 'mosquitto_pub')).toEqual([])
    expect(lacks(decoded, 'transaction.sh')).toEqual([])
    expect(found(`${stdout}\n${decoded}`)).toEqual([])
  })

  test('not in the journal', async () => {
    const { stdout } = await host.run('journalctl --sync; journalctl -q --no-pager --all')
    expect(lacks(stdout, control, 'bednet-shell', 'transaction.sh')).toEqual([])
    expect(found(stdout)).toEqual([])
  })

  test('nowhere on the disk or in memory but in the generation', async () => {
    const patterns = Buffer.from([...secrets, control].join('\n')).toString('base64')
    const { stdout } = await host.run(
      `echo ${patterns} | base64 -d >/root/patterns; echo ${control} >/tmp/control
      find / /run /tmp /dev/shm -xdev -type f -newer /root/before ! -path /root/patterns -print0 |
        xargs -0 grep -lsFf /root/patterns | sort -u; rm /tmp/control`,
    )
    const files = stdout.split('\n').filter(file => !file.startsWith('/var/log/journal/'))
    // What says so by the control alone: the sampler's own file, and the planted one.
    expect(files).toEqual(['/etc/mosquitto/bednet/1/broker.key', '/root/sampled', '/tmp/control'])
  })

  test('a generation is for the broker alone, and old ones for root', async () => {
    await one.write('bednet.yaml', smallProfile(host, 'limits: { maxQueuedMessages: 50 }\n'))
    const up = await one.bednet('up', '--json')
    expect(up.exitCode, said(up)).toBe(0)
    const { stdout } = await host.run(
      `cd /etc/mosquitto && stat -c '%A %U:%G %N' bednet bednet/1 bednet/current/. bednet/current/* \
        bednet/current conf.d/00-bednet.conf`,
    )
    expect(stdout.replaceAll("'", '').split('\n')).toEqual([
      'drwxr-x--- root:mosquitto bednet',
      'drwx------ root:root bednet/1',
      'drwxr-x--- root:mosquitto bednet/current/.',
      '-rw------- mosquitto:mosquitto bednet/current/acl',
      '-rw-r----- root:mosquitto bednet/current/broker.conf',
      '-rw-r----- root:mosquitto bednet/current/broker.crt',
      '-rw-r----- root:mosquitto bednet/current/broker.key',
      '-rw-r----- root:mosquitto bednet/current/ca.crt',
      '-rw-r----- root:mosquitto bednet/current/crl.pem',
      '-rw-r----- root:mosquitto bednet/current/identity',
      '-rw------- mosquitto:mosquitto bednet/current/passwords',
      'lrwxrwxrwx root:root bednet/current -> 2',
      'lrwxrwxrwx root:root conf.d/00-bednet.conf -> ../bednet/current/broker.conf',
    ])
  })
})
