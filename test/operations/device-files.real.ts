import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPackage } from '../cli/built.js'
import { hasTool, runTool } from '../pki/tool.js'
import { profile } from './greenhouse.js'

const planted = 'PLANTED-device-2342'
const folder = mkdtempSync(join(tmpdir(), 'bednet-files-'))
const devices = join(folder, '.bednet/greenhouse/devices')
const withDevices = profile.replace(
  '  - { names: "esp32-{1..2}", role: sensor }',
  `  - { names: phone, role: sensor, platform: android, passphrase: { env: DEVICE_PASSPHRASE } }
  - { names: server, role: sensor, platform: java, passphrase: { env: DEVICE_PASSPHRASE } }
  - { names: tablet, role: sensor, platform: ios }
  - { names: lamp, role: sensor, platform: tasmota }`,
)

interface Ran {
  readonly code: number
  readonly output: string
  /** Of every process, bednet's own among them, while it ran. */
  readonly commandLines: string
}

let built: ReturnType<typeof buildPackage>
let first: Ran
beforeAll(async () => {
  built = buildPackage()
  writeFileSync(join(folder, 'bednet.yaml'), withDevices)
  first = await bednet('issue', '--verbose')
})
afterAll(() => {
  built.remove()
  rmSync(folder, { recursive: true })
})

async function bednet(...words: readonly string[]): Promise<Ran> {
  const seen = new Set<string>()
  const watch = setInterval(() => {
    for (const line of commandLines()) seen.add(line)
  }, 5)
  const argv = [join(built.folder, 'dist/cli/bednet.cjs'), ...words]
  const env = { ...process.env, DEVICE_PASSPHRASE: planted, DASHBOARD_PASSWORD: 'unused' }
  return await new Promise(resolve => {
    execFile(process.execPath, argv, { cwd: folder, env }, (error, stdout, stderr) => {
      clearInterval(watch)
      const code = error === null ? 0 : Number(error.code)
      resolve({ code, output: `${stdout}${stderr}`, commandLines: [...seen].join('\n') })
    })
  })
}

function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        return [readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ')]
      } catch {
        // It has ended meanwhile.
        return []
      }
    })
}

function filesIn(name: string): readonly string[] {
  return readdirSync(join(devices, name)).sort()
}

test('each device has the files of its platform, its owner alone can read them', () => {
  expect(first).toMatchObject({ code: 0 })
  const pem = ['README.md', 'ca.crt', 'client.crt', 'client.key']
  expect(filesIn('phone')).toEqual([...pem, 'client-legacy.p12'].sort())
  expect(filesIn('server')).toEqual([...pem, 'client.p12', 'truststore.p12'].sort())
  expect(filesIn('tablet')).toEqual([...pem, 'client-legacy.p12', 'passphrase'].sort())
  expect(filesIn('lamp')).toEqual([...pem, 'ca.der', 'client-key.der', 'client.der'].sort())
  for (const name of ['phone', 'server', 'tablet', 'lamp'])
    for (const file of filesIn(name))
      expect(statSync(join(devices, name, file)).mode & 0o777).toBe(0o600)
})

test('what the platforms have chosen is told, with the reason', () => {
  expect(first.output).toMatch(/formats pem, p12-legacy for android: many versions answer/)
})

describe.runIf(hasTool(['openssl', 'version']))('OpenSSL', () => {
  const open = (file: string, passphrase: string) =>
    runTool(
      ['openssl', 'pkcs12', '-in', join(devices, file), '-noenc', '-passin', 'env:PASSPHRASE'],
      {},
      { PASSPHRASE: passphrase },
    )

  test.each([
    ['phone/client-legacy.p12', () => planted],
    ['server/client.p12', () => planted],
    ['server/truststore.p12', () => planted],
    ['tablet/client-legacy.p12', () => readFileSync(join(devices, 'tablet/passphrase'), 'utf8')],
  ])('opens %s with its passphrase and with no other', (file, passphrase) => {
    const { status, output } = open(file, passphrase())
    expect(status).toBe(0)
    expect(output).toContain('BEGIN CERTIFICATE')
    expect(open(file, 'PLANTED-device-2343').output).toContain('invalid password')
  })

  test('reads the DER: the key is that of the certificate, and the authority has signed it', () => {
    const at = (file: string) => join(devices, 'lamp', file)
    const key = runTool(
      ['openssl', 'pkey', '-inform', 'DER', '-in', at('client-key.der'), '-pubout'],
      {},
    )
    const argv = ['openssl', 'x509', '-inform', 'DER', '-in', at('client.der'), '-noout', '-pubkey']
    expect(runTool(argv, {}).output).toBe(key.output)
    expect(key.output).toContain('BEGIN PUBLIC KEY')
    const convert = `openssl x509 -inform DER -in ${at('ca.der')} -out ca.pem`
    const verify = `openssl x509 -inform DER -in ${at('client.der')} | openssl verify -CAfile ca.pem`
    expect(runTool(['sh', '-c', `${convert} && ${verify}`], {}).output).toContain('stdin: OK')
  })
})

describe('the passphrase', () => {
  test('is in no output and in no argument', () => {
    expect(first.output).toContain('tablet')
    expect(first.output).not.toContain(planted)
    expect(first.commandLines).toContain('bednet.cjs issue --verbose')
    expect(first.commandLines).not.toContain(planted)
  })

  test('is in no file', () => {
    const root = join(folder, '.bednet')
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map(name =>
      join(root, name),
    )
    const texts = files
      .filter(file => statSync(file).isFile())
      .map(file => readFileSync(file, 'latin1'))
    expect(texts.length).toBeGreaterThan(20)
    expect(texts.filter(text => text.includes(planted))).toEqual([])
    const drawn = readFileSync(join(devices, 'tablet/passphrase'), 'utf8')
    expect(texts.filter(text => text.includes(drawn))).toHaveLength(1)
  })

  test('would be seen this way', async () => {
    const { output, commandLines: seen } = await bednet('issue', planted)
    expect(output).toContain(planted)
    expect(seen).toContain(planted)
  })
})

test('a file that is missing is made again, with the ledger as it was', async () => {
  const ledger = () => readFileSync(join(folder, '.bednet/greenhouse/ledger.jsonl'), 'utf8')
  const before = ledger()
  rmSync(join(devices, 'server/client.p12'))
  const { code, output } = await bednet('issue', 'server')
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output).toContain('kept; files made: it lacks client.p12')
  expect(filesIn('server')).toContain('client.p12')
  expect(ledger()).toBe(before)
})

test.runIf(hasTool(['unzip', '-v']))('an archive has them too, and no passphrase', async () => {
  const { output } = await bednet('issue', '--archive', 'all.zip')
  expect(output).toContain('credentials, with private keys: all.zip')
  const { output: listed } = runTool(['unzip', '-Z1', join(folder, 'all.zip')], {})
  const names = listed.trim().split('\n')
  expect(names).toContain('phone/client-legacy.p12')
  expect(names).toContain('lamp/client-key.der')
  expect(names.filter(name => name.endsWith('passphrase'))).toEqual([])
  expect(names).toHaveLength(4 * 3 + 1 + 2 + 1 + 3)
})
