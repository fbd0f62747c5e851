import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildPackage } from './built.js'

let built: ReturnType<typeof buildPackage>
beforeAll(() => {
  built = buildPackage()
})
afterAll(() => {
  built.remove()
})

function command(): string {
  return join(built.folder, 'dist/cli/bednet.cjs')
}

function bednet(line: string, { env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}) {
  const words = line.split(' ').filter(word => word !== '')
  const { status, stdout, stderr } = spawnSync(command(), words, {
    cwd: built.folder,
    encoding: 'utf8',
    input: '',
    env,
  })
  return { status, stdout, stderr }
}

describe('the built command as a process', () => {
  test.each([
    ['--version', 0, /^bednet \d+\.\d+\.\d+\n$/, /^$/],
    ['--help', 0, /^Usage: bednet [^]*130 {2}interrupted/, /^$/],
    ['check --help', 0, /^Usage: bednet check/, /^$/],
    ['check -f profiles/quickstart.yaml', 0, /^ok .*\n {3}1 broker, 3 listeners/, /^$/],
    ['check', 65, /^$/, /^bednet: there is no profile at bednet\.yaml\nat: .*\nhint: name one/],
    ['', 64, /^$/, /^Usage: bednet/],
    ['chek', 64, /^$/, /^bednet: there is no verb "chek"\nhint: did you mean "check"\?\n$/],
    ['init profiles/starter.yaml', 1, /^$/, /^bednet: profiles\/starter\.yaml exists already/],
    ['schema', 0, /^\{\n {2}"title": "bednet profile"/, /^$/],
    ['completion bash', 0, /^# bednet completion for bash/, /^$/],
    ['check --json', 65, /^\{"error":\{"code":"PROFILE_UNREADABLE".*\}\}\n$/, /^$/],
    ['--jsn --json', 64, /^\{"error":\{"code":"USAGE".*did you mean.*\}\}\n$/, /^$/],
  ])('bednet %s', (line, ...expected) => {
    const [status, out, err] = expected
    const result = bednet(line)
    expect(result.stdout).toMatch(out)
    expect(result.stderr).toMatch(err)
    expect(result.status).toBe(status)
  })

  test('the packages that few verbs need are files of their own', () => {
    const files = readdirSync(join(built.folder, 'dist/cli')).sort()
    const [main = '', ...apart] = files.filter(
      name => !['bednet.cjs', 'batch-worker.cjs'].includes(name),
    )
    expect(apart).toEqual(
      ['age-encryption', 'execa', 'mqtt', 'node-forge', 'x509'].map(name => `package-${name}.cjs`),
    )
    expect(statSync(join(built.folder, 'dist/cli', main)).size).toBeLessThan(largestMainBytes)
  })

  test('a reader who has left before it begins ends it quietly', () => {
    const line = `"$0" schema | :; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', line, command()], { encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' })
  })
})

// One of the large packages apart that comes in by accident is a third of it.
const largestMainBytes = 1_700_000

describe('the compiled code that is kept', () => {
  const check = 'check -f profiles/quickstart.yaml'
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'bednet-home-'))
  })
  afterEach(() => {
    rmSync(home, { recursive: true })
  })
  const keptIn = (folder: string) => readdirSync(folder).map(name => name.replace(/.*\.cjs-/, ''))
  const run = (line: string, environment: object = { HOME: home }) =>
    bednet(line, { env: { PATH: process.env['PATH'], ...environment } })

  test('is of each verb, for its user alone, and used by the next run', () => {
    expect([run(check), run('version'), run('--help'), run('chek')].map(end => end.status)).toEqual(
      [0, 0, 0, 64],
    )
    const folder = join(home, '.cache/bednet')
    expect(keptIn(folder).sort()).toEqual(['check', 'other', 'version'])
    const [file = ''] = readdirSync(folder).filter(name => name.endsWith('check'))
    const { mode, mtimeMs } = statSync(join(folder, file))
    expect([mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700])
    expect(run(check).status).toBe(0)
    expect(statSync(join(folder, file)).mtimeMs).toBe(mtimeMs)
  })

  test('is replaced where V8 refuses it, and the run is as any other', () => {
    const plain = run(check)
    const folder = join(home, '.cache/bednet')
    const [name = ''] = readdirSync(folder)
    const good = statSync(join(folder, name)).size
    writeFileSync(join(folder, name), 'somebody else')
    expect(run(check)).toEqual(plain)
    expect(statSync(join(folder, name)).size).toBeGreaterThan(good / 2)
  })

  test.each([{}, { HOME: '/dev/null' }, { HOME: 'here' }, { XDG_CACHE_HOME: '/proc' }])(
    'cannot be kept with %j, and nobody minds',
    environment => {
      expect(run(check, environment)).toMatchObject({ status: 0, stderr: '' })
    },
  )
})

describe('a signal', () => {
  /** A host that never says a word; bednet waits for its greeting. */
  const mute = createServer()
  beforeAll(async () => {
    await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as AddressInfo
    const profile = readFileSync(join(built.folder, 'profiles/quickstart.yaml'), 'utf8')
    const address = `root@127.0.0.1:${String(port)}`
    writeFileSync(
      join(built.folder, 'mute.yaml'),
      profile.replace('host: sandbox', `host: ${address}`),
    )
  })
  afterAll(() => {
    mute.close()
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it with 130', async signal => {
    const child = start('plan -f mute.yaml')
    await connectionTo(mute)
    child.kill(signal)
    expect(await child.ended).toEqual({ code: 130, signal: null })
    expect(child.said()).toMatch(new RegExp(`bednet: interrupted by ${signal}\nhint: run it again`))
  })

  test('a second one ends it even where Node does not exit', async () => {
    // A pipe that nobody writes to keeps the thread that opens it, and Node waits for its threads.
    spawnSync('mkfifo', [join(built.folder, 'stuck.yaml')])
    const child = start('check -f stuck.yaml')
    await new Promise(resolve => setTimeout(resolve, startMs))
    child.kill('SIGINT')
    while (!child.said().includes('interrupted')) await new Promise(setImmediate)
    child.kill('SIGINT')
    expect(await child.ended).toEqual({ code: null, signal: 'SIGINT' })
  })
})

/** Far longer than a start takes. */
const startMs = 2_000

function start(line: string) {
  const child = spawn(command(), line.split(' '), { cwd: built.folder })
  let said = ''
  child.stderr.on('data', data => (said += String(data)))
  return {
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    said: () => said,
    ended: new Promise(resolve => {
      child.on('close', (code, signal) => {
        resolve({ code, signal })
      })
    }),
  }
}

async function connectionTo(server: Server): Promise<void> {
  await new Promise(resolve => server.once('connection', resolve))
}

describe('the faces', () => {
  test.each([
    ['dist/index.js', 'readProfile'],
    ['dist/pki/index.js', 'createAuthority'],
  ])('%s has %s, and its types beside it', (path, name) => {
    const script = join(built.folder, 'face.mjs')
    writeFileSync(script, `import { ${name} } from './${path}'; console.log(typeof ${name})\n`)
    expect(spawnSync('node', [script], { encoding: 'utf8' }).stdout).toBe('function\n')
    expect(statSync(join(built.folder, path.replace(/\.js$/, '.d.ts'))).isFile()).toBe(true)
  })
})
