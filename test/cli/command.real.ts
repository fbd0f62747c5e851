import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPackage } from './built.js'

let built: ReturnType<typeof buildPackage>
beforeAll(() => {
  built = buildPackage()
})
afterAll(() => {
  built.remove()
})

function command(): string {
  return join(built.folder, 'dist/cli/main.js')
}

function bednet(line: string, input = '') {
  const words = line.split(' ').filter(word => word !== '')
  const { status, stdout, stderr } = spawnSync(command(), words, {
    cwd: built.folder,
    encoding: 'utf8',
    input,
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

  test('every verb is a chunk of its own, and --help loads none of them', () => {
    const folder = join(built.folder, 'dist/cli')
    const main = statSync(join(folder, 'main.js')).size
    expect(main).toBeLessThan(largestMainBytes)
    expect(
      readdirSync(folder).filter(name => /^(check|init|version)-\w+\.js$/.test(name)),
    ).toHaveLength(3)
  })

  test('a reader who has left before it begins ends it quietly', () => {
    const line = `"$0" schema | :; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', line, command()], { encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' })
  })
})

// Without a package in it: commander alone is 60 kB, and the first thing to come back by accident.
const largestMainBytes = 40_000

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
