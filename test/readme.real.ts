import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runExample } from './index/face.js'
import { read } from './profile/read.js'
import { quickstart } from './operations/rehearsal.js'
import { blocks, blockWith, shellBlocks } from './readme.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** By whom each block is run. What runs this test has run `scripts/test`, and so `npm ci` and a build. */
const ways = {
  demo: blockWith('scripts/demo'),
  suite: blockWith('scripts/test'),
  install: blockWith('npm link'),
  rehearsal: blockWith('bednet up --sandbox'),
  // test/lab/readme.lab.ts
  host: blockWith('bednet up'),
  bulk: blockWith('bednet issue --from devices.csv --archive devices.tar.gz'),
  request: blockWith('bednet issue --csr own.csr > own.crt'),
  import: blockWith('bednet import /etc/easy-rsa/pki'),
}

test('every command of README is run by a test', () => {
  expect(shellBlocks).toEqual(Object.values(ways))
})

describe('README, as a stranger follows it', () => {
  let folder: string
  let environment: Record<string, string>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bednet readme '))
    const path = `${join(folder, 'prefix/bin')}:${process.env['PATH'] ?? ''}`
    environment = { PATH: path, npm_config_prefix: join(folder, 'prefix') }
  })
  afterAll(async () => {
    const options = { cwd: folder, env: environment, reject: false } as const
    await execa('bednet', ['down', '--sandbox'], options)
    await rm(folder, { recursive: true, force: true })
  })

  test('npm link puts the command on PATH', async () => {
    expect(ways.install).toEqual(['npm ci', 'npm run build', 'npm link'])
    await execa('npm', ['link', '--no-audit', '--no-fund'], { cwd: root, env: environment })
    const { stdout } = await execa('bednet', ['--version'], { env: environment })
    expect(stdout).toMatch(/^bednet \d+\.\d+\.\d+/)
  })

  test('a profile, a rehearsal, and the end of it', async () => {
    for (const line of ways.rehearsal) {
      const { exitCode, all } = await execa(line, {
        shell: true,
        cwd: folder,
        env: environment,
        all: true,
        reject: false,
      })
      expect({ line, exitCode, all }).toMatchObject({ exitCode: 0 })
    }
  })

  test('a list of devices, in one archive', async () => {
    await writeFile(join(folder, 'devices.csv'), 'name,role,place\npump-1,sensor,cellar\n')
    const [line = ''] = ways.bulk
    // Nobody is here to type the passphrase of a real authority.
    await execa(`${line} --sandbox`, { shell: true, cwd: folder, env: environment })
    const listed = await execa('tar', ['tzf', 'devices.tar.gz'], { cwd: folder })
    expect(listed.stdout.split('\n')).toContain('pump-1/client.key')
  })

  test('an authority that easy-rsa has made', async () => {
    const own = join(folder, 'taken over')
    await mkdir(own)
    const easyRsa = { EASYRSA_BATCH: '1', EASYRSA_PKI: join(own, 'pki') }
    for (const word of ['init-pki', 'build-ca'])
      await execa('/usr/share/easy-rsa/easyrsa', [word, 'nopass'], {
        cwd: '/usr/share/easy-rsa',
        env: easyRsa,
      })
    const text = `authority: { commonName: Easy-RSA CA, passphrase: generated }`
    const profile = quickstart.replace(/^authority:\n.*$/m, text)
    await writeFile(join(own, 'bednet.yaml'), profile)
    for (const line of ways.import) {
      const here = line.replace('/etc/easy-rsa', "'" + own + "'")
      const { stdout } = await execa(here, { shell: true, cwd: own, env: environment })
      expect(stdout).toMatch(/^imported CN=Easy-RSA CA/)
    }
  })

  test('a request, of a device that the profile has', async () => {
    for (const line of ways.request) {
      const here = line
        .replace('esp32-001', 'sensor-01')
        .replace('bednet issue', 'bednet issue --sandbox')
      await execa(here, { shell: true, cwd: folder, env: environment })
    }
    const shown = await execa('openssl', ['x509', '-in', 'own.crt', '-noout', '-subject'], {
      cwd: folder,
    })
    expect(shown.stdout).toMatch(/CN ?= ?sensor-01$/)
  })

  test('the profile in it is a sound one', () => {
    const [profile = ''] = blocks('yaml')
    expect(read(profile).devices).toHaveLength(100)
  })

  test.each(blocks('ts').map(code => ({ name: 'README', code })))('its code runs', runExample)
})

test('scripts/demo ends with a line that works when pasted, from wherever it was called', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'bednet-demo-'))
  const demo = join(root, 'scripts/demo')
  const { stdout } = await execa(demo, { cwd: elsewhere })
  const [line = ''] = /^ {2}(mosquitto_pub .*)$/m.exec(stdout)?.slice(1) ?? []
  const script = join(elsewhere, 'pasted')
  await writeFile(script, `set -e\n${line} -d\n`)
  await chmod(script, 0o700)
  const pasted = await execa('sh', [script], { cwd: elsewhere, all: true })
  expect(pasted.all).toContain('received PUBACK')
  await execa(process.execPath, [
    join(root, 'dist/cli/bednet.cjs'),
    ...['down', '-f', join(root, 'profiles/quickstart.yaml')],
  ])
  await rm(elsewhere, { recursive: true })
})
