import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from '../../src/cli/run.js'
import { BednetError } from '../../src/error.js'
import { makeScreen } from './screen.js'

const root = new URL('../../', import.meta.url)
const quickstart = new URL('profiles/quickstart.yaml', root).pathname
const starter = readFileSync(new URL('profiles/starter.yaml', root), 'utf8')
const schema = readFileSync(new URL('profiles/profile.schema.json', root), 'utf8')
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  version: string
}
const folder = mkdtempSync(join(tmpdir(), 'bednet-run-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function typed(words: readonly string[], around = {}) {
  const stdout = makeScreen()
  const stderr = makeScreen()
  const code = await run(words, {
    environment: {},
    stdout,
    stderr,
    isAttended: () => false,
    whenStopped: () => new Promise<never>(() => undefined),
    ...around,
  })
  return { code, out: stdout.text(), err: stderr.text() }
}

describe('the verbs that talk to nobody', () => {
  const summary =
    `ok ${quickstart}: site quickstart\n` + '   1 broker, 3 listeners, 1 user, 1 device, 2 roles\n'
  const counts = { brokers: 1, listeners: 3, users: 1, devices: 1, roles: 2 }
  const document = { ok: true, profile: quickstart, site: 'quickstart', ...counts, remarks: [] }
  test.each([
    ['--version', `bednet ${version}\n`],
    ['version', `bednet ${version}\n`],
    ['version --json', `${JSON.stringify({ version, node: process.versions.node })}\n`],
    ['schema', schema],
    ['schema --json', `${JSON.stringify(JSON.parse(schema))}\n`],
    [`check -f ${quickstart}`, summary],
    [`check -f ${quickstart} --json`, `${JSON.stringify(document)}\n`],
  ])('%s', async (line, out) => {
    expect(await typed(line.split(' '))).toEqual({ code: 0, out, err: '' })
  })
})

describe('init', () => {
  const path = join(folder, 'garden.yaml')

  test('writes the starter, and says what comes next', async () => {
    const { code, out, err } = await typed(['init', path])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`wrote ${path}\n`)
    expect(out).toContain(`  bednet check -f ${path}\n`)
    expect(readFileSync(path, 'utf8')).toBe(starter)
    // Others may read it, whatever the umask takes away of that; it holds no secret.
    expect(statSync(path).mode & 0o700).toBe(0o600)
    expect((await typed(['check', '-f', path])).code).toBe(0)
  })

  test('never writes over a file', async () => {
    const mine = join(folder, 'mine.yaml')
    writeFileSync(mine, 'mine')
    const { code, err } = await typed(['init', mine])
    expect(code).toBe(1)
    expect(err).toMatch(/^bednet: .*mine\.yaml exists already\nat: .*\nhint: name another/)
    expect(readFileSync(mine, 'utf8')).toBe('mine')
  })

  test('says where it could not write', async () => {
    const { code, err } = await typed(['init', join(folder, 'no/such/folder.yaml')])
    expect(code).toBe(64)
    expect(err).toContain('ENOENT')
  })

  test('--json', async () => {
    const other = join(folder, 'other.yaml')
    const { out } = await typed(['init', other, '--json'])
    expect(out).toBe(`${JSON.stringify({ written: other })}\n`)
  })
})

describe('how it ends', () => {
  const wrong = join(folder, 'wrong.yaml')
  writeFileSync(wrong, 'site: x\nbroker: {}\n')

  test('without a verb: help on standard error', async () => {
    const { code, out, err } = await typed([])
    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toMatch(/^Usage: bednet/)
  })

  test('mistakes in a profile: one line for each, and nothing else', async () => {
    const { code, out, err } = await typed(['check', '-f', wrong])
    expect({ code, out }).toEqual({ code: 65, out: '' })
    const lines = err.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.filter(line => !/^\S+wrong\.yaml:\d+:\d+: .*\. Hint: ./.test(line))).toEqual([])
  })

  test.each([
    ['chek --json', 64, 'USAGE'],
    [`check --json -f ${wrong}`, 65, 'PROFILE_INVALID'],
    ['check --json -f /no/such.yaml', 65, 'PROFILE_UNREADABLE'],
  ])('%s: the error as a document on standard output', async (line, code, name) => {
    const { out, ...rest } = await typed(line.split(' '))
    expect(rest).toEqual({ code, err: '' })
    expect(JSON.parse(out)).toMatchObject({ error: { code: name } })
  })

  test('when it is stopped, work or no work', async () => {
    const error = new BednetError('CANCELLED', 'interrupted by SIGINT', { hint: 'again' })
    const whenStopped = () => Promise.reject(error)
    expect(await typed(['check', '-f', quickstart], { whenStopped })).toEqual({
      code: 130,
      out: '',
      err: 'bednet: interrupted by SIGINT\nhint: again\n',
    })
  })
})

test('remarks on a sound profile are shown, and the exit code is that of a sound profile', async () => {
  const path = join(folder, 'odd.yaml')
  const text = readFileSync(quickstart, 'utf8')
  const odd = text.replace(
    '    role: sensor',
    '    role: sensor\n    platform: ios\n    key: ed25519',
  )
  writeFileSync(path, odd)
  const { code, out } = await typed(['check', '-f', path])
  expect(code).toBe(0)
  expect(out).toMatch(
    /^warning: .*odd\.yaml:\d+:\d+: ios cannot use a key of kind ed25519\. Hint: /m,
  )
  expect(out).toMatch(/^.*odd\.yaml:\d+:\d+: formats pem, p12-legacy for ios: its keychain /m)
  const { remarks } = JSON.parse((await typed(['check', '-f', path, '--json'])).out) as {
    remarks: readonly { kind: string }[]
  }
  expect(remarks.map(({ kind }) => kind)).toEqual(['choice', 'warning'])
})
