// What issuing costs: bednet beside OpenSSL in C, which is the limit, and beside what people take for
// it. `scripts/bench issue [ROUNDS]`; a peer that is not installed is left out, and said.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleParts, bundleRevocationList } from './issue/bundled.mjs'
import { makeCommand } from './issue/command.mjs'
import { easyrsaFile, makeEasyrsa, makePeers, run, writeRevoked } from './issue/peers.mjs'
import { medianRatio, printRatios } from './rounds.mjs'

const cores = availableParallelism()
const here = name => fileURLToPath(new URL(`issue/${name}`, import.meta.url))

export async function main([rounds = '3']) {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-bench-'))
  try {
    const subjects = await prepare(folder)
    for (const { name, needs } of subjects.filter(({ isThere }) => isThere === false))
      console.error(`left out: ${name} (it needs ${needs})`)
    report(
      await costsOf(
        subjects.filter(({ isThere }) => isThere !== false),
        Number(rounds),
      ),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In turns, after a turn of the small ones that is not counted. */
async function costsOf(subjects, rounds) {
  const costs = Object.fromEntries(subjects.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++)
    for (const { name, cost, isLong } of subjects) {
      if (round < 0 && isLong) continue
      const measured = await cost()
      if (round >= 0) costs[name].push(measured)
    }
  return costs
}

/** `atLeast`: how many times as fast; `budget`: how many times the time, or the memory. */
const rows = [
  ['bednet, one core', 'C, one core', { atLeast: 0.75 }],
  ['bednet, all cores', 'C, all cores', { atLeast: 0.75 }],
  ['bednet, one core', 'X509 of OpenSSL in C', { atLeast: 5 }],
  ['bednet, one core', 'Python cryptography', { atLeast: 2.5 }],
  ['bednet, one core', '@peculiar/x509', { atLeast: 25 }],
  ['bednet, one core', 'openssl, one process', { atLeast: 100 }],
  ['bednet, one core', 'openssl, three processes', { atLeast: 100 }],
  ['bednet, one core', 'cfssl', { atLeast: 100 }],
  ['bednet, one core', 'easy-rsa', { atLeast: 100 }],
  ['the whole job, 10,000', 'the same job in C'],
  ['the whole job, 100,000', 'the same job in C', { atLeast: 0.65 }],
  ['the whole job, 100,000', 'C, all cores'],
  ['folders', 'folders in C', { atLeast: 0.85 }],
  ['an archive', 'folders in C', { atLeast: 3 }],
  ['password hashes', 'password hashes in C', { atLeast: 0.9 }],
  ['one password more', '10,000 with passwords', { budget: 0.5 }],
  ['a CRL of 100,000', 'openssl ca -gencrl', { budget: 0.4 }],
  ['a CRL of 100,000', 'a CRL of 10,000', { budget: 12 }],
  ['bednet issue NAME', 'openssl, its key locked as well', { budget: 2 }],
  ['bednet issue NAME', 'openssl, three processes'],
  ['memory of 100,000', 'memory of 10,000', { budget: 1.3 }],
  ['memory of 100,000', '200 MB', { budget: 1 }],
  ['list of 100,000', 'sha256sum of the vault'],
  ['audit of 100,000', 'sha256sum of the vault'],
]

function report(costs) {
  costs['200 MB'] = costs['memory of 100,000'].map(() => 200e6)
  const measured = rows.filter(([what, of]) => costs[what]?.length > 0 && costs[of]?.length > 0)
  printRatios(
    measured.map(([what, of, bound = {}]) => {
      const isTime = bound.budget !== undefined || /^(list|audit|bednet issue)/.test(what)
      const ratio = isTime
        ? medianRatio(costs[what], costs[of])
        : medianRatio(costs[of], costs[what])
      return { what, of, ratio, ...bound }
    }),
  )
}

async function prepare(folder) {
  const limit = buildLimit(folder)
  const parts = await bundleParts(folder)
  return [
    ...inMemory({ limit, parts }),
    ...peers(folder),
    ...onDisk({ folder, limit, parts }),
    ...revocationLists(folder, await bundleRevocationList(folder)),
    ...wholeJobs(await makeCommand(folder)),
  ]
}

const withC = { needs: 'a compiler, libssl-dev and zlib1g-dev' }

function inMemory({ limit, parts }) {
  const inC = (...words) => printed([limit, ...words])
  const own = (...words) => printed(['node', parts, ...words])
  const C = { isThere: limit !== undefined, ...withC }
  const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0
  return [
    { name: 'C, one core', cost: () => inC('limit', 10_000), ...C },
    { name: 'bednet, one core', cost: () => own('mint', 10_000) },
    { name: 'C, all cores', cost: () => together(() => inC('limit', 10_000)), ...C },
    { name: 'bednet, all cores', cost: () => together(() => own('mint', 10_000)) },
    { name: 'X509 of OpenSSL in C', cost: () => inC('api', 2_000), ...C },
    {
      name: 'Python cryptography',
      cost: () => printed(['python3', here('python.py'), 2_000]),
      isThere: hasPython,
      needs: 'python3-cryptography',
    },
    { name: '@peculiar/x509', cost: () => own('library', 200) },
    { name: 'password hashes in C', cost: () => inC('hashes', 10_000), ...C },
    { name: 'password hashes', cost: () => own('hash', 10_000) },
  ]
}

function peers(folder) {
  const peer = makePeers(folder)
  const easyrsa = existsSync(easyrsaFile) ? makeEasyrsa(folder) : undefined
  const hasCfssl = spawnSync('sh', ['-c', 'command -v cfssl']).status === 0
  let made = 0
  const each = (count, work) => () => timed(count, () => work(++made))
  return [
    { name: 'openssl, one process', cost: each(40, peer.oneProcess) },
    { name: 'openssl, three processes', cost: each(10, peer.threeProcesses) },
    { name: 'openssl, its key locked as well', cost: each(3, peer.withLockedKey) },
    { name: 'cfssl', cost: each(20, peer.cfssl), isThere: hasCfssl, needs: 'golang-cfssl' },
    {
      name: 'easy-rsa',
      cost: each(3, index => easyrsa(index)),
      isThere: easyrsa !== undefined,
      needs: 'easy-rsa',
    },
    {
      name: 'openssl ca -gencrl',
      cost: each(1, () => peer.revocationList(100_000)),
      isLong: true,
    },
  ]
}

/** The files of 5,000 devices that are there already. */
function onDisk({ folder, limit, parts }) {
  let turn = 0
  const next = () => join(folder, `disk-${++turn}`)
  const inC = () => {
    const place = next()
    mkdirSync(place)
    return printed([limit, 'folders', 5_000, place])
  }
  const own = (way, end = '') => printed(['node', parts, way, 5_000, `${next()}${end}`])
  const C = { isThere: limit !== undefined, ...withC }
  const job = () => printed([limit, 'archive', Math.round(50_000 / cores), next()])
  return [
    { name: 'folders in C', cost: inC, isLong: true, ...C },
    { name: 'folders', cost: () => own('folders'), isLong: true },
    { name: 'an archive', cost: () => own('archive', '.tar.gz'), isLong: true },
    { name: 'the same job in C', cost: () => together(job), isLong: true, ...C },
  ]
}

function revocationLists(folder, program) {
  return [10_000, 100_000].map(count => {
    const words = [program, writeRevoked(folder, count), join(folder, 'own.pem')]
    const cost = () => timed(1, () => run('node', words, folder))
    return { name: `a CRL of ${count.toLocaleString('en')}`, cost }
  })
}

function wholeJobs(command) {
  let site, some
  const whole = count => () => timed(1, () => (site = command.issueAll(count))) / count
  const long = (name, cost) => ({ name, cost, isLong: true })
  command.prepareOne()
  return [
    { name: 'bednet issue NAME', cost: () => timed(1, command.issueOne) },
    long('10,000 with passwords', () =>
      timed(1, () => (some = command.issueAll(10_000, 'generated'))),
    ),
    long('one password more', () => timed(1, () => command.addOne(some, 10_000))),
    long('the whole job, 10,000', whole(10_000)),
    long('memory of 10,000', () => command.peak()),
    long('the whole job, 100,000', whole(100_000)),
    long('memory of 100,000', () => command.peak()),
    long('sha256sum of the vault', () => timed(1, () => command.sha256sum(site))),
    long('list of 100,000', () => timed(1, () => command.list(site))),
    long('audit of 100,000', () => timed(1, () => command.audit(site))),
  ]
}

function buildLimit(folder) {
  const program = join(folder, 'limit')
  const words = ['-O2', '-o', program, here('limit.c'), '-lcrypto', '-lz']
  return spawnSync('cc', words).status === 0 ? program : undefined
}

/** Seconds for each of so many. */
function timed(count, work) {
  const begun = process.hrtime.bigint()
  for (let index = 0; index < count; index++) work()
  return Number(process.hrtime.bigint() - begun) / 1e9 / count
}

/** As many processes as there are cores, each with all the work: seconds for each of what they made. */
async function together(work) {
  const costs = await Promise.all(Array.from({ length: cores }, work))
  return 1 / costs.reduce((sum, cost) => sum + 1 / cost, 0)
}

/** Of a program that prints how many a second: seconds for each. */
function printed([program, ...words]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', chunk => (text += chunk))
    child.once('error', reject)
    child.once('exit', code => {
      if (code === 0) resolve(1 / Number(text))
      else reject(new Error(`${program} ${words.join(' ')} ended with ${code}`))
    })
  })
}
