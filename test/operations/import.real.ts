import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificateFacts } from '../../src/pki/certificate.js'
import { revocationListFacts } from '../../src/pki/revocation.js'
import { buildPackage } from '../cli/built.js'

const profile = `site: greenhouse
authority: { commonName: Easy-RSA CA, passphrase: { env: PASSPHRASE } }
brokers: { hub: { host: sandbox } }
listeners: [{ port: 8883, admit: certificate }]
devices: [{ names: pump, role: sensor }]
roles: { sensor: { publish: ['sensors/%u/#'] } }
`

let built: ReturnType<typeof buildPackage>
/** What easy-rsa has made: an authority, two clients, and one of them revoked. */
let easyRsa: string
let folder: string
beforeAll(() => {
  built = buildPackage()
  easyRsa = mkdtempSync(join(tmpdir(), 'bednet-easy-rsa-'))
  const words = [
    ['init-pki'],
    ['build-ca', 'nopass'],
    ['build-client-full', 'fan', 'nopass'],
    ['build-client-full', 'lost', 'nopass'],
    ['revoke', 'lost', 'keyCompromise'],
    ['gen-crl'],
  ]
  for (const each of words)
    execFileSync('/usr/share/easy-rsa/easyrsa', each, {
      cwd: '/usr/share/easy-rsa',
      stdio: 'ignore',
      env: { ...process.env, EASYRSA_BATCH: '1', EASYRSA_PKI: join(easyRsa, 'pki') },
    })
})
afterAll(() => {
  built.remove()
  rmSync(easyRsa, { recursive: true })
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bednet-import-'))
  writeFileSync(join(folder, 'bednet.yaml'), profile)
  return () => {
    bednet(['down', '--yes'])
    rmSync(folder, { recursive: true })
  }
})

describe('the authority of easy-rsa', () => {
  test('is taken over with what it had revoked, and signs', () => {
    const { status, stdout } = bednet(['import', easyRsa])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^imported CN=Easy-RSA CA \(rsa2048\), good until 20\d\d-/)
    expect(stdout).toContain('1 certificate that it has revoked')
    expect(stdout).toContain('1 certificate that it has issued')
    expect(stdout).toMatch(
      /strict clients refuse it: it has basic constraints that are not critical/,
    )
    expect(read('authority/ca.key')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    // Clients that are strict refuse it for ever; that is said, and no failure of the broker.
    expect(bednet(['up', '--yes'])).toMatchObject({ status: 0 })
    expect(bednet(['verify', '--verbose']).stdout).toMatch(/strict clients refuse its authority/)
    const files = ['-CAfile', join(easyRsa, 'pki/ca.crt'), path('devices/pump/client.crt')]
    expect(execFileSync('openssl', ['verify', ...files], { encoding: 'utf8' })).toMatch(/OK/)
    const lost = readFileSync(join(easyRsa, 'pki/revoked/certs_by_serial', serialOfLost()), 'utf8')
    const { serials } = revocationListFacts(read('authority/crl.pem'))
    expect(serials).toContain(certificateFacts(lost).serial)
    const audited = bednet(['audit'])
    expect(audited).toEqual({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^sound/m) as unknown,
    })
  })

  test('its list is as good as its index', () => {
    const [certificate, list] = [join(easyRsa, 'pki/ca.crt'), join(easyRsa, 'pki/crl.pem')]
    const key = join(easyRsa, 'pki/private/ca.key')
    const { status, stdout } = bednet([
      'import',
      certificate,
      '--key',
      key,
      '--crl',
      list,
      '--json',
    ])
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { layout: 'PEM', revoked: 1 }])
  })

  test('is taken once', () => {
    expect(bednet(['import', easyRsa]).status).toBe(0)
    const before = read('ledger.jsonl')
    const { status, stderr } = bednet(['import', easyRsa])
    expect([status, stderr]).toEqual([1, expect.stringContaining('has an authority already')])
    expect(read('ledger.jsonl')).toBe(before)
  })

  test('in a git work tree its clear key is refused, and nothing is made', () => {
    execFileSync('git', ['init', '-q', easyRsa])
    try {
      const { status, stderr } = bednet(['import', easyRsa])
      expect([status, stderr]).toEqual([1, expect.stringContaining('is a git work tree')])
      expect(existsSync(path('authority/ca.crt'))).toBe(false)
    } finally {
      rmSync(join(easyRsa, '.git'), { recursive: true })
    }
  })
})

test('what is no file, or no index, is refused at once', () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  expect(bednet(['import', pipe]).stderr).toContain('is no file of an authority')
  const own = join(folder, 'own')
  cpSync(join(easyRsa, 'pki'), own, { recursive: true })
  const index = readFileSync(join(own, 'index.txt'), 'utf8')
  writeFileSync(join(own, 'index.txt'), index.replace(/^R\t/m, 'R'))
  expect(bednet(['import', own]).stderr).toMatch(/line 2 of .*index\.txt cannot be read/)
  expect(existsSync(path('authority/ca.crt'))).toBe(false)
})

describe('PEM files', () => {
  const make = (...words: readonly string[]) => {
    const common = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', 'old.key']
    const subject = ['-subj', '/CN=Easy-RSA CA', '-out', 'old.crt']
    const all = ['req', '-x509', ...common, ...subject, ...words]
    execFileSync('openssl', all, { cwd: folder, stdio: 'ignore' })
  }

  test('an encrypted key is opened by the environment, or refused', () => {
    make('-days', '100', '-passout', 'pass:PLANTED')
    const wrong = bednet(['import', 'old.crt'], { BEDNET_IMPORT_PASSPHRASE: 'PLANTED-wrong' })
    expect(wrong).toMatchObject({ status: 1 })
    expect(wrong.stderr).toContain('does not open the private key')
    expect(wrong.stderr).not.toContain('PLANTED')
    const right = bednet(['import', 'old.crt'], { BEDNET_IMPORT_PASSPHRASE: 'PLANTED' })
    expect(right).toMatchObject({ status: 0 })
  })

  test.each([
    ['a leaf', ['-days', '9', '-addext', 'basicConstraints=critical,CA:FALSE'], /authority|sign/],
    [
      'of another name',
      ['-days', '9', '-subj', '/CN=Another'],
      /calls its authority "Easy-RSA CA"/,
    ],
  ])('one that is %s is refused', (_what, words, message) => {
    make('-nodes', ...words)
    const { status, stderr } = bednet(['import', 'old.crt'])
    expect(status).not.toBe(0)
    expect(stderr).toMatch(message)
    expect(existsSync(path('authority/ca.crt'))).toBe(false)
  })

  test('without a key it is said how to name it', () => {
    make('-days', '9', '-nodes')
    rmSync(join(folder, 'old.key'))
    expect(bednet(['import', 'old.crt']).stderr).toMatch(/is not beside it\n.*\n.*--key FILE/)
  })
})

test('the folder of OwnTracks’ generate-CA.sh', () => {
  // As that script calls openssl for its authority.
  const own = join(folder, 'owntracks')
  const subject = '/CN=Easy-RSA CA/O=OwnTracks.org/OU=generate-CA/emailAddress=nobody@example.net'
  execFileSync('mkdir', [own])
  const words = ['-x509', '-nodes', '-sha512', '-days', '3650', '-extensions', 'v3_ca']
  execFileSync(
    'openssl',
    [
      'req',
      '-newkey',
      'rsa:2048',
      ...words,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      subject,
    ],
    { cwd: own, stdio: 'ignore' },
  )
  const { status, stdout } = bednet(['import', own, '--json'])
  expect([status, JSON.parse(stdout)]).toMatchObject([0, { layout: 'OwnTracks', key: 'rsa2048' }])
  expect(bednet(['issue']).status).toBe(0)
  const files = ['-CAfile', join(own, 'ca.crt'), path('devices/pump/client.crt')]
  expect(execFileSync('openssl', ['verify', ...files], { encoding: 'utf8' })).toMatch(/OK/)
})

function bednet(words: readonly string[], environment: Record<string, string> = {}) {
  const command = [join(built.folder, 'dist/cli/bednet.cjs'), ...words]
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    PASSPHRASE: 'correct horse',
    ...environment,
  }
  const options = { cwd: folder, encoding: 'utf8', input: '', env } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options)
  return { status, stdout, stderr }
}

function serialOfLost(): string {
  const [, serial = ''] = /^R\t.*\t([0-9A-F]+)\tunknown/m.exec(
    readFileSync(join(easyRsa, 'pki/index.txt'), 'utf8'),
  ) ?? ['', '']
  return `${serial}.crt`
}

function path(entry: string): string {
  return join(folder, '.bednet/greenhouse.sandbox', entry)
}

function read(entry: string): string {
  return readFileSync(path(entry), 'utf8')
}
