// What issuing costs: PERFORMANCE of bednet beside OpenSSL in C, which is the limit, and beside what
// people take for it. `scripts/bench issue [ROUNDS]`; a peer that is not installed is left out.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildCommand, commandSettings } from '../build.mjs'
import { medianRatio, printRatios } from './rounds.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cores = availableParallelism()

export async function main([rounds = '5']) {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-bench-'))
  try {
    const subjects = (await prepare(folder)).filter(({ isThere }) => isThere !== false)
    const rates = Object.fromEntries(subjects.map(({ name }) => [name, []]))
    for (let round = -1; round < Number(rounds); round++) {
      for (const { name, rate } of subjects) {
        const measured = await rate()
        if (round >= 0) rates[name].push(measured)
      }
    }
    report(rates)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each one's certificates a second, and what bednet's share of them must be. */
function report(rates) {
  const rows = [
    ['bednet, one core', 'C, one core', 0.75],
    ['bednet, all cores', 'C, all cores', 0.75],
    ['bednet, one core', 'X509 of OpenSSL in C', 5],
    ['bednet, one core', 'Python cryptography', 2.5],
    ['bednet, one core', '@peculiar/x509', 25],
    ['bednet, one core', 'openssl, one process', 100],
    ['bednet, one core', 'openssl, three processes', 100],
    ['bednet, one core', 'cfssl', 100],
    ['bednet, one core', 'easy-rsa', 100],
    ['the whole job, 10,000', 'C, all cores'],
    ['the whole job, 100,000', 'C, all cores', 0.65],
  ]
  printRatios(
    rows
      .filter(names => rates[names[0]]?.length > 0 && rates[names[1]]?.length > 0)
      .map(([what, of, atLeast]) => {
        return { what, of, ratio: medianRatio(rates[what], rates[of]), atLeast }
      }),
  )
}

async function prepare(folder) {
  await buildCommand(join(folder, 'dist/cli'))
  const limit = buildLimit(folder)
  const mint = await bundleMint(folder)
  const authority = makeAuthority(folder)
  const inC = (way, count) => spawnRate([limit, way, String(count)])
  const whole = wholeJob(folder)
  return [
    { name: 'C, one core', rate: () => inC('limit', 10_000), isThere: limit !== undefined },
    {
      name: 'C, all cores',
      rate: () => together(() => inC('limit', 10_000)),
      isThere: limit !== undefined,
    },
    { name: 'X509 of OpenSSL in C', rate: () => inC('api', 2_000), isThere: limit !== undefined },
    { name: 'bednet, one core', rate: () => spawnRate(['node', mint, '10000']) },
    { name: 'bednet, all cores', rate: () => together(() => spawnRate(['node', mint, '10000'])) },
    { name: 'Python cryptography', ...python() },
    { name: '@peculiar/x509', rate: () => spawnRate(['node', mint, '200', 'library']) },
    { name: 'openssl, one process', rate: () => timed(60, i => authority.oneProcess(i)) },
    { name: 'openssl, three processes', rate: () => timed(20, i => authority.threeProcesses(i)) },
    { name: 'cfssl', rate: () => timed(40, () => authority.cfssl()), isThere: hasTool('cfssl') },
    { name: 'the whole job, 10,000', rate: () => whole(10_000) },
    { name: 'the whole job, 100,000', rate: () => whole(100_000) },
  ]
}

function buildLimit(folder) {
  const program = join(folder, 'limit')
  const source = fileURLToPath(new URL('issue.c', import.meta.url))
  const { status } = spawnSync('cc', ['-O2', '-o', program, source, '-lcrypto'])
  if (status === 0) return program
  console.error('left out: C (it needs a compiler and libssl-dev)')
  return undefined
}

/** bednet's own, and the library called as its documentation shows; prints certificates a second. */
export async function bundleMint(folder) {
  const contents = `
    import { randomBytes } from 'node:crypto'
    import { createAuthority } from './src/pki/authority.js'
    import { minter } from './src/pki/mint.js'
    const [, , count, way] = process.argv
    const period = { notBefore: new Date('2026-01-01'), notAfter: new Date('2027-01-01') }
    const names = { commonName: 'Greenhouse CA', site: 'greenhouse', generation: 1 }
    const authority = await createAuthority({ ...names, algorithm: 'p256', ...period, serial: '4D01' })
    const mint = minter(authority, { algorithm: 'p256', ...period })
    const serials = randomBytes(65536).map(byte => byte & 0x7f | 0x40)
    const own = async index => {
      const at = (index % 4096) * 16
      await mint('esp32-' + index, Buffer.from(serials.subarray(at, at + 16)))
    }
    const library = async () => {
      const x509 = await import('@peculiar/x509')
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
      const signing = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      return async index => {
        const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
        const certificate = await x509.X509CertificateGenerator.create({
          subject: 'CN=esp32-' + index, issuer: 'CN=Greenhouse CA', serialNumber: '4D' + index,
          signingKey: signing.privateKey, publicKey: keys.publicKey, signingAlgorithm: algorithm,
          ...period,
          extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2']),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
            await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey),
          ],
        })
        certificate.toString('pem')
        await crypto.subtle.exportKey('pkcs8', keys.privateKey)
      }
    }
    const make = way === 'library' ? await library() : own
    for (let index = 0; index < count / 5; index++) await make(index)
    const begun = performance.now()
    for (let index = 0; index < count; index++) await make(index)
    console.log(count / (performance.now() - begun) * 1000)
  `
  const outfile = join(folder, 'mint.mjs')
  const stdin = { contents: `import 'reflect-metadata'\n${contents}`, resolveDir: root }
  const js = "import { createRequire } from 'node:module'; const require = createRequire('/')"
  await build({ ...commandSettings, format: 'esm', banner: { js }, stdin, outfile })
  return outfile
}

function makeAuthority(folder) {
  const openssl = (...words) => run('openssl', words, folder)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=CA')
  writeFileSync(join(folder, 'request.json'), '{"CN":"esp32-1","key":{"algo":"ecdsa","size":256}}')
  const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-days', '365']
  return {
    oneProcess: index =>
      openssl('req', '-x509', ...key, ...by, '-keyout', 'k', '-out', 'c', '-subj', `/CN=d${index}`),
    threeProcesses: index => {
      openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'k')
      openssl('req', '-new', '-key', 'k', '-out', 'r', '-subj', `/CN=d${index}`)
      openssl('x509', '-req', '-in', 'r', ...by, '-out', 'c')
    },
    cfssl: () =>
      run('cfssl', ['gencert', '-ca', 'ca.crt', '-ca-key', 'ca.key', 'request.json'], folder),
  }
}

function now() {
  return Number(process.hrtime.bigint()) / 1e6
}

/** The command as a process, from a list to an archive that is on the disk. */
function wholeJob(folder) {
  let turn = 0
  for (const name of ['package.json', 'profiles', 'templates'])
    symlinkSync(join(root, name), join(folder, name))
  return async count => {
    turn++
    const rows = Array.from({ length: count }, (_, index) => `t${turn}-${index},sensor`)
    writeFileSync(join(folder, 'devices.csv'), `name,role\n${rows.join('\n')}\n`)
    // A vault of its own each time, left where it is: removing slows the disk down for what follows.
    writeFileSync(join(folder, `bednet-${turn}.yaml`), profile.replace('bench', `bench-${turn}`))
    const words = ['-f', `bednet-${turn}.yaml`, 'issue', '--from', 'devices.csv', '-q']
    const begun = now()
    run('node', ['dist/cli/bednet.cjs', ...words, '--archive', `all-${turn}.tar.gz`], folder)
    return (count / (now() - begun)) * 1000
  }
}

const profile = `site: bench
authority: { passphrase: generated }
brokers: { hub: { host: sandbox } }
listeners: [{ port: 8883, admit: certificate }]
roles: { sensor: { publish: ['sensors/%u/#'] } }
`

function python() {
  const program = fileURLToPath(new URL('issue.py', import.meta.url))
  return {
    rate: () => spawnRate(['python3', program, '2000']),
    isThere: spawnSync('python3', ['-c', 'import cryptography']).status === 0,
  }
}

function hasTool(name) {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

async function timed(count, work) {
  const begun = now()
  for (let index = 0; index < count; index++) work(index)
  return (count / (now() - begun)) * 1000
}

async function together(work) {
  const rates = await Promise.all(Array.from({ length: cores }, work))
  return rates.reduce((sum, rate) => sum + rate, 0)
}

function run(program, words, cwd) {
  const { status, stderr, error } = spawnSync(program, words, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error ?? stderr}`)
}

function spawnRate([program, ...words]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', chunk => (text += chunk))
    child.once('error', reject)
    child.once('exit', code => {
      if (code === 0) resolve(Number(text))
      else reject(new Error(`${program} ${words.join(' ')} ended with ${code}`))
    })
  })
}
