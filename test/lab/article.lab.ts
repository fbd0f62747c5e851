import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandOutput, endLab, labHost, type LabHost, noLab } from './host.js'
import { type Operator, operator, outcomeIn, said, unproven } from './operator.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`
const name = 'article'
const broker = 'mqtt.steveio.com'
const password = 'a users password, with $ and "'
const passphrase = 'the passphrase of a device'
const log = '/var/log/mosquitto/mosquitto.log'
const credential = '.bednet/selfcert/devices/ESP32'
const files = `--cafile ${credential}/ca.crt --cert ${credential}/client.crt --key ${credential}/client.key`
const door = `${files} -h ${broker} -p 8883 -q 1 -t test --tls-version tlsv1.3 -d`

interface Visits {
  readonly connections: number
  readonly exchanges: number
}

/** What a person types who has set up the broker of profiles/article.yaml, and what comes back. */
describe.skipIf(noLab)(`profiles/article.yaml on a fresh host${because}`, () => {
  let host: LabHost
  let person: Operator
  let first: CommandOutput
  let firstVisit: Visits
  beforeAll(async () => {
    host = await labHost({ name, aliases: [broker] })
    // Says of each session that it is opened, and what for.
    await host.run(
      'echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/log.conf && systemctl reload ssh && sleep 0.2',
    )
    person = await operator({
      host,
      profile: 'article.yaml',
      environment: {
        BEDNET_CA_PASSPHRASE: 'correct horse battery staple',
        MOSQUITTO_PASSWORD: password,
        ESP32_PASSPHRASE: passphrase,
      },
    })
    await visits()
    first = await person.bednet('up', '--json')
    firstVisit = await visits()
  })
  afterAll(async () => {
    await endLab({ name })
    await person.remove()
  })

  /** What sshd has seen since it was last asked. */
  const visits = async (): Promise<Visits> => {
    const { stdout } = await host.run(
      'journalctl --sync; journalctl -q --no-pager -u ssh --cursor-file=/run/seen',
    )
    return {
      connections: stdout.split('Accepted publickey').length - 1,
      exchanges: stdout.split('Starting session: command').length - 1,
    }
  }

  /** On a terminal, because that is where the tools ask for the passphrase of a key. */
  const onTerminal = async (line: string): Promise<CommandOutput> => {
    const options = { cwd: person.folder, env: person.environment, reject: false } as const
    const typing = execa('script', ['-qefc', line, '/dev/null'], { ...options, timeout: 30_000 })
    typing.stdout.on('data', (text: Buffer) => {
      if (text.includes('pass phrase')) typing.stdin.write(`${passphrase}\n`)
    })
    const { stdout, stderr, exitCode = -1 } = await typing
    return { stdout, stderr, exitCode }
  }

  const publish = (more: string, word = '$MOSQUITTO_PASSWORD') =>
    onTerminal(`mosquitto_pub ${door} -i anyclientID -m Hello -u mqtt -P "${word}" ${more}`)

  test('bednet up: everything is made and everything is proven', () => {
    expect(first.exitCode, said(first)).toBe(0)
    const outcome = outcomeIn(first)
    expect(outcome.status).toBe('changed')
    expect(unproven(outcome)).toEqual([])
    expect(outcome.proofs?.length).toBeGreaterThan(30)
  })

  test('bednet up again: no change, by one connection and one exchange', async () => {
    const again = await person.bednet('up', '--json')
    expect(again.exitCode, said(again)).toBe(0)
    const outcome = outcomeIn(again)
    expect(outcome).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
    expect(unproven(outcome)).toEqual([])
    // The first run is the control: it looked and changed, and over a new connection, for it had
    // touched the firewall, it confirmed that and looked again.
    expect(firstVisit).toEqual({ connections: 2, exchanges: 4 })
    expect(await visits()).toEqual({ connections: 1, exchanges: 1 })
  })

  test('openssl s_client trusts the broker', async () => {
    const { stdout } = await person.shell(
      `openssl s_client -connect ${broker}:8883 -CAfile ${credential}/ca.crt </dev/null`,
    )
    expect(stdout).toContain('Verify return code: 0 (ok)')
  })

  test.each(['mqttv311', '5'])('mosquitto_pub -V %s is heard by mosquitto_sub', async version => {
    const hearing = onTerminal(
      `mosquitto_sub ${door} -i hears-${version} -u mqtt -P "$MOSQUITTO_PASSWORD" -C 1 -W 20 -V ${version}`,
    )
    // The broker's log, because what mosquitto_sub says comes only when it ends.
    await host.run(
      `timeout 20 sh -c 'until grep -q "as hears-${version} .*mqtt" ${log}; do sleep 0.1; done'; sleep 1`,
    )
    const sent = await publish(`-V ${version}`)
    expect(sent.stdout).toMatch(/received CONNACK \(0\)/)
    expect(sent.stdout).toMatch(/received PUBACK \(Mid: 1, RC:0\)/)
    expect(sent.exitCode).toBe(0)
    const heard = await hearing
    expect(heard.stdout).toMatch(/received CONNACK \(0\)/)
    expect(heard.stdout).toMatch(/^Hello\r?$/m)
    expect(heard.exitCode).toBe(0)
  })

  test('a wrong password is not authorised, whatever the certificate', async () => {
    const { stdout, exitCode } = await publish('', 'another')
    expect(stdout).toMatch(/received CONNACK \(5\)/)
    expect(stdout).toMatch(/not authorised/)
    expect(exitCode).not.toBe(0)
  })

  describe('a durable session on the host itself', () => {
    const onHost = async (tool: 'pub' | 'sub', words: string): Promise<CommandOutput> =>
      await host.run(
        `mosquitto_${tool} -h localhost -t test.out -u mqtt -P '${password}' -q 1 ${words}`,
      )

    test('hears what was published while it was gone, also over a restart', async () => {
      expect(await onHost('sub', '-c -i broker -E')).toMatchObject({ exitCode: 0 })
      await onHost('pub', '-m while-gone')
      const back = await onHost('sub', '-c -i broker -C 1 -W 10')
      expect(back).toMatchObject({ stdout: 'while-gone', exitCode: 0 })
      await onHost('pub', '-m before-restart')
      await host.run('systemctl restart mosquitto')
      const later = await onHost('sub', '-c -i broker -C 1 -W 10')
      expect(later).toMatchObject({ stdout: 'before-restart', exitCode: 0 })
    })
  })

  test('the firewall is on, with the ports of ssh and of TLS and no other', async () => {
    const { stdout } = await host.run('ufw status')
    expect(stdout).toContain('Status: active')
    const ports = stdout.split('\n').flatMap(line => /^(\d+)\/tcp +ALLOW/.exec(line)?.[1] ?? [])
    expect(ports).toEqual(['22', '8883'])
  })

  test('the log shows both listeners opening', async () => {
    const { stdout } = await host.run(`cat ${log}`)
    expect(stdout).toMatch(/Opening ipv4 listen socket on port 1883\./)
    expect(stdout).toMatch(/Opening ipv4 listen socket on port 8883\./)
  })

  test('a profile that gives two the same common name is refused', async () => {
    const written = await person.read('bednet.yaml')
    await person.write(
      'clash.yaml',
      written.replace('commonName: selfcert.local', `commonName: ${broker}`),
    )
    const { exitCode, stdout, stderr } = await person.bednet('check', '-f', 'clash.yaml')
    expect(exitCode).toBe(65)
    expect(`${stdout}${stderr}`).toMatch(new RegExp(`clash.yaml:\\d+:\\d+.*${broker}`))
  })
})
