import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSandbox } from '../../src/hosts/sandbox.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { buildPackage } from '../cli/built.js'
import { quickstart } from './rehearsal.js'

/** More than a thread needs to be started for, and more than one batch for each thread. */
const count = 4000
const vault = '.bednet/quickstart.sandbox'

let built: ReturnType<typeof buildPackage>
let folder: string
beforeAll(() => {
  built = buildPackage()
  folder = mkdtempSync(join(tmpdir(), 'bednet-bulk-'))
  writeFileSync(join(folder, 'bednet.yaml'), quickstart)
  writeFileSync(join(folder, 'devices.csv'), list(count))
})
afterAll(() => {
  bednet('down', '--sandbox', '--yes')
  built.remove()
  rmSync(folder, { recursive: true })
})

function list(length: number, prefix = 'bulk'): string {
  const rows = Array.from(
    { length },
    (_, index) => `${prefix}-${String(index)},sensor,hall ${String(index % 7)}`,
  )
  return `name,role,place\n${rows.join('\n')}\n`
}

function words(...more: readonly string[]): [string, string[]] {
  return [process.execPath, [join(built.folder, 'dist/cli/bednet.cjs'), ...more]]
}

function bednet(...more: readonly string[]) {
  return spawnSync(...words(...more), {
    cwd: folder,
    encoding: 'utf8',
    input: '',
    timeout: 60_000,
    maxBuffer: 2 ** 26,
  })
}

function issue(...more: readonly string[]) {
  return bednet('issue', '--sandbox', '--from', 'devices.csv', ...more)
}

interface Line {
  readonly act: string
  readonly kind: string
  readonly name: string
  readonly serial: string
  readonly sha256: string
}

function issuedDevices(): readonly Line[] {
  const lines = readFileSync(join(folder, vault, 'ledger.jsonl'), 'utf8')
    .trim()
    .split('\n')
  return lines
    .map(line => JSON.parse(line) as Line)
    .filter(({ act, kind }) => act === 'issued' && kind === 'device')
}

function unpack(archive: string): string {
  const into = mkdtempSync(join(folder, 'unpacked-'))
  expect(spawnSync('tar', ['xzpf', archive, '-C', into], { cwd: folder }).status).toBe(0)
  return into
}

describe('a list of thousands', () => {
  test('killed again and again, then run to its end: each device has one certificate', async () => {
    let kills = 0
    for (const delay of [150, 300, 450, 600, 800, 1000]) {
      const child = spawn(
        ...words('issue', '--sandbox', '--from', 'devices.csv', '--archive', 'all.tar.gz'),
        { cwd: folder, stdio: 'ignore' },
      )
      const ended = new Promise(resolve => child.once('exit', resolve))
      await pause(delay)
      if (child.kill('SIGKILL')) kills++
      await ended
      expect(existsSync(join(folder, 'all.tar.gz.new')) && kills === 0).toBe(false)
    }
    expect(kills).toBeGreaterThan(0)
    const run = issue('--archive', 'all.tar.gz', '--json')
    expect(run.status).toBe(0)
    const devices = issuedDevices()
    expect(devices.length).toBe(count)
    expect(new Set(devices.map(({ name }) => name)).size).toBe(count)
    expect(new Set(devices.map(({ serial }) => serial)).size).toBe(count)
    const rows = run.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { status?: string })
    expect(rows.length).toBe(count + 1)
    expect(rows.at(-1)).toMatchObject({ refused: 0, mustFollow: false })
  })

  test('the archive has all of them, for their owner alone, and OpenSSL accepts them', () => {
    expect(statSync(join(folder, 'all.tar.gz')).mode & 0o777).toBe(0o600)
    const into = unpack('all.tar.gz')
    expect(readdirSync(into).length).toBe(count)
    const recorded = new Map(issuedDevices().map(({ name, sha256 }) => [name, sha256]))
    for (const name of readdirSync(into)) {
      const file = join(into, name, 'client.crt')
      expect(certificateFacts(readFileSync(file, 'utf8')).fingerprint, name).toBe(
        recorded.get(name),
      )
    }
    const one = join(into, 'bulk-1')
    for (const file of readdirSync(one)) expect(statSync(join(one, file)).mode & 0o777).toBe(0o600)
    const files = readdirSync(into)
      .slice(0, 200)
      .map(name => join(into, name, 'client.crt'))
    const verify = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslclient',
      '-CAfile',
      join(one, 'ca.crt'),
    ]
    const verified = spawnSync('openssl', [...verify, ...files], { encoding: 'utf8' })
    expect(verified.stdout.match(/: OK$/gm)?.length).toBe(200)
    const key = spawnSync('openssl', ['pkey', '-in', join(one, 'client.key'), '-pubout'], {
      encoding: 'utf8',
    })
    const ofCertificate = spawnSync(
      'openssl',
      ['x509', '-in', join(one, 'client.crt'), '-noout', '-pubkey'],
      { encoding: 'utf8' },
    )
    expect(key.stdout).toBe(ofCertificate.stdout)
  })

  test('a second run keeps them all, and makes the same archive', () => {
    const before = readFileSync(join(folder, 'all.tar.gz'))
    const run = issue('--archive', 'again.tar.gz')
    expect(run.stdout).toContain(`0 issued, ${String(count)} kept, 0 refused`)
    expect(readFileSync(join(folder, 'again.tar.gz')).equals(before)).toBe(true)
  })

  test('nothing of a private key is said, with --verbose, in JSON, or on record', () => {
    const key = readFileSync(join(unpack('all.tar.gz'), 'bulk-2', 'client.key'), 'utf8')
    const [, secret = ''] = key.split('\n')
    expect(secret.length).toBe(64)
    const run = issue('--archive', 'said.tar.gz', '--json', '--verbose')
    const said = run.stdout + run.stderr + readFileSync(join(folder, vault, 'ledger.jsonl'), 'utf8')
    expect(said).not.toContain(secret)
    // It would be found.
    expect(`${said}${key}`).toContain(secret)
    expect(statSync(join(folder, vault, 'batches')).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(join(folder, vault, 'batches')))
      expect(statSync(join(folder, vault, 'batches', file)).mode & 0o777).toBe(0o600)
  })
})

describe('a short list', () => {
  test('with bad rows: the others are issued, and the exit code is 1', () => {
    writeFileSync(
      join(folder, 'mixed.csv'),
      'name,role\nmixed-1,sensor\nmixed/2,sensor\nmixed-3,senzor\nmixed-1,sensor\ndashboard,sensor\n',
    )
    const run = bednet('issue', '--sandbox', '--from', 'mixed.csv', '--out', 'mixed')
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('mixed.csv:3: mixed/2: "mixed/2" is no name for a device')
    expect(run.stdout).toContain(
      'mixed.csv:4: mixed-3: unknown role "senzor"; did you mean "sensor"?',
    )
    expect(run.stdout).toContain('mixed.csv:5: mixed-1: line 2 has the same name')
    expect(run.stdout).toMatch(/\n1 issued, 0 kept, 4 refused\n/)
    expect(readdirSync(join(folder, 'mixed'))).toEqual(['mixed-1'])
    expect(readdirSync(join(folder, 'mixed/mixed-1')).sort()).toEqual([
      'ca.crt',
      'client.crt',
      'client.key',
    ])
  })

  test('folders: what is as it should be stays, what was changed comes back', () => {
    const key = join(folder, 'mixed/mixed-1/client.key')
    const certificate = join(folder, 'mixed/mixed-1/client.crt')
    const { mtimeMs } = statSync(key)
    const before = readFileSync(certificate, 'utf8')
    writeFileSync(certificate, 'damaged')
    bednet('issue', '--sandbox', '--from', 'mixed.csv', '--out', 'mixed')
    expect(statSync(key).mtimeMs).toBe(mtimeMs)
    expect(readFileSync(certificate, 'utf8')).toBe(before)
  })

  test.each(['q', 'new/deep'])('a folder that is new, by the relative path "%s"', path => {
    const run = bednet('issue', '--sandbox', '--from', 'mixed.csv', '--out', path)
    expect(run.signal).toBe(null)
    expect(readdirSync(join(folder, path, 'mixed-1')).length).toBe(3)
  })

  test('a link in the way: a folder is refused, a file replaced, and nothing goes through', () => {
    for (const name of ['out', 'theirs']) mkdirSync(join(folder, name))
    symlinkSync(join(folder, 'theirs'), join(folder, 'out/mixed-1'))
    const refused = bednet('issue', '--sandbox', '--from', 'mixed.csv', '--out', 'out')
    expect(refused.status).toBe(77)
    expect(refused.stderr).toContain('out/mixed-1 is in the way: it is no folder')
    expect(readdirSync(join(folder, 'theirs'))).toEqual([])
    unlinkSync(join(folder, 'out/mixed-1'))
    mkdirSync(join(folder, 'out/mixed-1'))
    symlinkSync(join(folder, 'theirs/key'), join(folder, 'out/mixed-1/client.key'))
    bednet('issue', '--sandbox', '--from', 'mixed.csv', '--out', 'out')
    expect(readFileSync(join(folder, 'out/mixed-1/client.key'), 'utf8')).toContain('PRIVATE KEY')
    expect(readdirSync(join(folder, 'theirs'))).toEqual([])
  })

  test('a device that left the profile is of the inventory, and not revoked', () => {
    const before = readFileSync(join(folder, 'bednet.yaml'), 'utf8')
    const other = before.replace('names: sensor-1', 'names: sensor-2')
    expect(other).not.toBe(before)
    bednet('issue', '--sandbox')
    writeFileSync(join(folder, 'bednet.yaml'), other)
    writeFileSync(join(folder, 'left.csv'), 'name,role\nsensor-1,sensor\n')
    const run = bednet('issue', '--sandbox', '--from', 'left.csv', '--out', 'left')
    expect(run.stdout).toContain('1 issued, 0 kept, 0 refused')
    const plan = bednet('plan', '--sandbox', '--json').stdout
    expect(plan).not.toContain('"kind":"revocation"')
    writeFileSync(join(folder, 'bednet.yaml'), before)
  })

  test.each([
    [['issue', '--sandbox', 'sensor-1', '--from', 'some.csv'], 'beside a list: one of the two'],
    [['issue', '--sandbox', '--from', 'some.csv', '--out', ''], '--out names no folder'],
    [['issue', '--sandbox', '--from', 'some.csv', '--archive', 'a.rar'], 'no name for an archive'],
  ])('%j is no use', (line, message) => {
    const run = bednet(...line)
    expect(run.status).toBe(64)
    expect(run.stderr).toContain(message)
  })

  test('some of a batch: the archive has these and no others', () => {
    writeFileSync(join(folder, 'some.csv'), 'name\nbulk-7\nbulk-3999\nmixed-1\nsensor-1\n')
    const run = bednet('issue', '--sandbox', '--from', 'some.csv', '--archive', 'some.tar.gz')
    expect(run.stderr + run.stdout).toMatch(/kept, 0 refused/)
    expect(readdirSync(unpack('some.tar.gz')).sort()).toEqual([
      'bulk-3999',
      'bulk-7',
      'mixed-1',
      'sensor-1',
    ])
  })

  test('by their names: in one archive, or in the vault with a note for each', () => {
    bednet('issue', '--sandbox', 'bulk-8', 'sensor-1', '--archive', 'named.tar.gz')
    expect(readdirSync(unpack('named.tar.gz')).sort()).toEqual(['bulk-8', 'sensor-1'])
    bednet('issue', '--sandbox', 'bulk-8')
    const note = readFileSync(join(folder, vault, 'devices/bulk-8/README.md'), 'utf8')
    expect(note).toMatch(/^# bulk-8\n/)
  })

  test('another role or other labels than it was issued with: it is said', () => {
    const row = (text: string) => {
      writeFileSync(join(folder, 'other.csv'), `name,role,place\nbulk-9,${text}\n`)
      return bednet('issue', '--sandbox', '--from', 'other.csv', '--out', 'other', '--json')
    }
    const role = row('viewer,hall 2')
    expect(role.status).toBe(1)
    expect(role.stdout).toContain('"status":"refused","because":"it has the role \\"sensor\\""')
    expect(row('sensor,attic').stdout).toContain('its labels stay until it is issued anew')
    expect(row('sensor,hall 2').stdout).not.toContain('because')
  })

  test('from standard input', () => {
    const run = spawnSync(...words('issue', '--sandbox', '--from', '-', '--out', 'piped'), {
      cwd: folder,
      encoding: 'utf8',
      input: 'name;role;place\npiped-1;sensor;attic\n',
    })
    expect(run.stdout).toContain('1 issued, 0 kept, 0 refused')
    expect(existsSync(join(folder, 'piped/piped-1/client.key'))).toBe(true)
  })
})

/** Under the topic of `owner`; what is wrong, or nothing. */
function publish(device: string, owner: string, port: number | undefined): string {
  const own = join(folder, vault, 'devices', device)
  const files = ['--cafile', 'ca.crt', '--cert', 'client.crt', '--key', 'client.key']
  const where = ['-h', 'localhost', '-p', String(port), '-V', '5', '-q', '1']
  const what = ['-t', `sensors/${owner}/temperature`, '-m', '21']
  const { stdout, stderr } = spawnSync('mosquitto_pub', [...files, ...where, ...what], {
    cwd: own,
    encoding: 'utf8',
  })
  return stdout + stderr
}

describe('the inventory', () => {
  test('is listed, and the broker lets a device of it in', async () => {
    const listed = JSON.parse(bednet('list', '--sandbox', '--json').stdout) as {
      devices: readonly { name: string; role?: string; state: string }[]
    }
    expect(listed.devices.find(({ name }) => name === 'bulk-42')).toMatchObject({
      role: 'sensor',
      state: 'good',
    })
    const up = bednet('up', '--sandbox')
    expect(up.stderr).not.toContain('Error')
    expect(up.status).toBe(0)
    const { ports } = await findSandbox(join(folder, vault, 'hosts/hub'), [8883])
    bednet('issue', '--sandbox', 'bulk-42')
    expect(publish('bulk-42', 'bulk-42', ports.get(8883))).toBe('')
    // The control: another's topic stays another's.
    expect(publish('bulk-42', 'bulk-43', ports.get(8883))).toMatch(/not authori[sz]ed/i)
  })

  test('a profile that gives a name of it to a user is refused', () => {
    const text = readFileSync(join(folder, 'bednet.yaml'), 'utf8')
    writeFileSync(
      join(folder, 'bednet.yaml'),
      text.replace(/^users:\n/m, 'users:\n  bulk-5: { role: viewer }\n'),
    )
    const run = bednet('plan', '--sandbox')
    expect(run.status).toBe(65)
    expect(run.stderr).toContain(
      '"bulk-5" is the name of a device that "bednet issue --from" has made',
    )
    writeFileSync(join(folder, 'bednet.yaml'), text)
  })
})
