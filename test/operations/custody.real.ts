import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildPackage } from '../cli/built.js'

const module = '/usr/lib/softhsm/libsofthsm2.so'
const pin = 'PLANTED-4711'
const authority = 'authority: { passphrase: { env: PASSPHRASE } }'
const profile = `site: greenhouse
${authority}
brokers: { hub: { host: root@mqtt.example.org } }
listeners: [{ port: 8883, admit: certificate }]
devices: [{ names: [pump, fan], role: sensor }]
roles: { sensor: { publish: ['sensors/%u/#'] } }
`

let built: ReturnType<typeof buildPackage>
let folder: string
let environment: Record<string, string>
beforeAll(() => {
  built = buildPackage()
})
afterAll(() => {
  built.remove()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bednet-custody-'))
  environment = { PATH: process.env['PATH'] ?? '', HOME: folder, PASSPHRASE: 'correct horse' }
  return () => {
    rmSync(folder, { recursive: true })
  }
})

describe('a token', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'tokens'))
    const configuration = join(folder, 'softhsm2.conf')
    writeFileSync(configuration, `directories.tokendir = ${join(folder, 'tokens')}\n`)
    environment = { ...environment, SOFTHSM2_CONF: configuration, PIN: pin }
    const words = ['--init-token', '--free', '--label', 'office', '--pin', pin, '--so-pin', pin]
    execFileSync('softhsm2-util', words, { env: environment, stdio: 'ignore' })
  })

  test.each(['p256', 'p384'])('makes a key of %s, signs with it, and keeps it', key => {
    write(`authority: { key: ${key}, custody: ${tokenWords()} }`)
    expect(issue()).toMatchObject({ status: 0 })
    expect(existsSync(path('authority/ca.key'))).toBe(false)
    expect(verified('pump')).toMatch(/OK/)
    const first = read('authority/ca.crt')
    write(`authority: { key: ${key}, custody: ${tokenWords()} }`, 'fan, valve')
    expect(issue()).toMatchObject({ status: 0 })
    expect(verified('valve')).toMatch(/OK/)
    expect(read('authority/ca.crt')).toBe(first)
  })

  test('signs a whole list', () => {
    write(`authority: { custody: ${tokenWords()} }`)
    writeFileSync(join(folder, 'list.csv'), 'name,role\na,sensor\nb,sensor\n')
    expect(issue('--from', 'list.csv', '--out', 'out')).toMatchObject({ status: 0 })
    const words = ['verify', '-x509_strict', '-CAfile', 'out/a/ca.crt', 'out/a/client.crt']
    expect(execFileSync('openssl', words, { cwd: folder, encoding: 'utf8' })).toMatch(/OK/)
  })

  test('is told its PIN by the environment of the tool, and by nothing that others see', () => {
    const shim = join(folder, 'bin')
    mkdirSync(shim)
    const real = execFileSync('sh', ['-c', 'command -v pkcs11-tool'], { encoding: 'utf8' }).trim()
    const seen = join(folder, 'seen')
    const script = `#!/bin/sh\necho "$*" >>${seen}\nenv >>${seen}.env\nexec ${real} "$@"\n`
    writeFileSync(join(shim, 'pkcs11-tool'), script)
    chmodSync(join(shim, 'pkcs11-tool'), 0o755)
    environment = { ...environment, PATH: `${shim}:${environment['PATH'] ?? ''}` }
    write(`authority: { custody: ${tokenWords()} }`)
    const { stdout, stderr } = issue('--verbose')
    expect(readFileSync(seen, 'utf8')).toContain('--pin env:')
    expect(`${readFileSync(seen, 'utf8')}${stdout}${stderr}`).not.toContain(pin)
    const told = readFileSync(`${seen}.env`, 'utf8')
    expect(told).toContain(pin)
    expect(told).not.toContain('correct horse')
  })

  test.each([
    ['another PIN', { PIN: 'wrong' }, /the PIN does not open token "office"/],
    ['no PIN', { PIN: undefined }, /the PIN of token "office" is missing: \$PIN is not set/],
    ['another token', { SOFTHSM2_CONF: '/dev/null' }, /token "office" does not do it/],
  ])('with %s nothing is made', (_what, changes, message) => {
    write(`authority: { custody: ${tokenWords()} }`)
    environment = JSON.parse(JSON.stringify({ ...environment, ...changes })) as typeof environment
    const { status, stderr } = issue()
    expect(status).toBe(1)
    expect(stderr).toMatch(message)
    expect(existsSync(path('authority/ca.crt'))).toBe(false)
    expect(existsSync(path('ledger.jsonl')) ? read('ledger.jsonl') : '').toBe('')
  })
})

describe('age', () => {
  let recipients: string[]
  beforeEach(() => {
    recipients = ['one', 'other'].map(name => {
      execFileSync('age-keygen', ['-o', join(folder, name)], { stdio: 'ignore' })
      return execFileSync('age-keygen', ['-y', join(folder, name)], { encoding: 'utf8' }).trim()
    })
  })
  const words = (identity: string, to = recipients) =>
    `authority: { custody: { age: { recipients: [${to.join()}], identity: { file: ${identity} } } } }`

  test('either recipient opens the key, with age itself too', () => {
    write(words('one'))
    expect(issue()).toMatchObject({ status: 0 })
    const { publicKey } = new X509Certificate(read('authority/ca.crt'))
    for (const name of ['one', 'other']) {
      const decrypted = execFileSync('age', [
        '-d',
        '-i',
        join(folder, name),
        path('authority/ca.key'),
      ])
      expect(createPublicKey(createPrivateKey(decrypted)).equals(publicKey)).toBe(true)
    }
    write(words('other'), 'fan, valve')
    expect(issue()).toMatchObject({ status: 0 })
    expect(verified('valve')).toMatch(/OK/)
  })

  test('who could not open it afterwards does not make it', () => {
    write(words('other', recipients.slice(0, 1)))
    const { status, stderr } = issue()
    expect([status, existsSync(path('authority/ca.crt'))]).toEqual([1, false])
    expect(stderr).toMatch(/is of none of its recipients\n.*hint: add what "age-keygen -y" prints/s)
  })

  test('another identity does not open it, and is not shown', () => {
    write(words('one', recipients.slice(0, 1)))
    expect(issue().status).toBe(0)
    write(words('other', recipients.slice(0, 1)), 'fan, valve')
    const { status, stderr } = issue('--verbose')
    expect(status).toBe(1)
    expect(stderr).toMatch(/the age identity does not open the private key/)
    const [secret = ''] =
      /AGE-SECRET-KEY-1\w+/.exec(readFileSync(join(folder, 'other'), 'utf8')) ?? []
    expect(secret).toHaveLength(74)
    expect(stderr).not.toContain(secret)
  })
})

describe('a key in clear', () => {
  beforeEach(() => {
    write(authority)
    expect(issue().status).toBe(0)
    const words = ['pkey', '-in', path('authority/ca.key'), '-passin', 'env:PASSPHRASE']
    const clear = execFileSync('openssl', words, { env: environment })
    writeFileSync(path('authority/ca.key'), clear)
    write(authority, 'fan, valve')
  })

  test('is refused in a git work tree, with the command that encrypts it', () => {
    execFileSync('git', ['init', '-q', folder])
    const { status, stderr } = issue()
    expect(status).toBe(1)
    expect(stderr).toMatch(/is not encrypted, and .* is a git work tree\n.*openssl pkcs8 -topk8/s)
    expect(existsSync(path('devices/valve/client.crt'))).toBe(false)
  })

  test('is taken elsewhere', () => {
    expect(issue().status).toBe(0)
  })
})

function tokenWords(): string {
  return `{ token: { module: ${module}, token: office, object: bednet, pin: { env: PIN } } }`
}

function write(authorityLine: string, names = 'pump, fan'): void {
  const text = profile.replace(authority, authorityLine).replace('pump, fan', names)
  writeFileSync(join(folder, 'bednet.yaml'), text)
}

function issue(...words: readonly string[]) {
  const command = [join(built.folder, 'dist/cli/bednet.cjs'), 'issue', ...words]
  const options = { cwd: folder, encoding: 'utf8', input: '', env: environment } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options)
  return { status, stdout, stderr }
}

function path(entry: string): string {
  return join(folder, '.bednet/greenhouse', entry)
}

function read(entry: string): string {
  return readFileSync(path(entry), 'utf8')
}

function verified(device: string): string {
  const files = ['-CAfile', path(`devices/${device}/ca.crt`), path(`devices/${device}/client.crt`)]
  return execFileSync('openssl', ['verify', '-x509_strict', ...files], { encoding: 'utf8' })
}
