// The command as a person calls it: whole processes, from a list to what is on the disk.
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCommand } from '../../build.mjs'
import { run } from './peers.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export async function makeCommand(folder) {
  await buildCommand(join(folder, 'dist/cli'))
  for (const name of ['package.json', 'profiles', 'templates'])
    symlinkSync(join(root, name), join(folder, name))
  const writeMemory = join(folder, 'memory.cjs')
  writeFileSync(writeMemory, peakMemory)
  const bednet = (site, ...words) =>
    run('node', ['-r', writeMemory, 'dist/cli/bednet.cjs', '-f', `${site}.yaml`, ...words], folder)
  let turn = 0
  return {
    /** In a vault of its own, which stays: removing slows the disk down for what follows. */
    issueAll: (count, password = '') => {
      const site = `bench-${count}-${++turn}`
      writeFileSync(join(folder, `${site}.yaml`), profileOf(site))
      writeList(folder, { site, count, password })
      issueList(bednet, site)
      return site
    },
    /** The list once more, with one device that is new. */
    addOne: (site, count) => {
      const before = hashesIn(folder, site)
      writeList(folder, { site, count: count + 1, password: 'generated' })
      issueList(bednet, site)
      const after = hashesIn(folder, site)
      if (before.length === 0 || after.length !== before.length + 1)
        throw new Error('one password more is one file of hashes more')
      if (before.some(text => !after.includes(text)))
        throw new Error('one password more has changed the hashes of others')
    },
    issueOne: () => bednet('one', 'issue', `esp32-${++turn}`, '-q'),
    prepareOne: () => {
      writeFileSync(
        join(folder, 'one.yaml'),
        `${profileOf('one')}devices: [{ names: "esp32-{1..999}", role: sensor }]\n`,
      )
      bednet('one', 'issue', 'esp32-999', '-q')
    },
    list: site => bednet(site, 'list', '--json'),
    audit: site => bednet(site, 'audit'),
    /** What it takes to read all that an audit reads. */
    sha256sum: site =>
      run('sh', ['-c', `find .bednet/${site}.sandbox -type f | xargs sha256sum`], folder),
    /** Bytes that the latest run had at its peak. */
    peak: () => Number(readFileSync(join(folder, 'peak'), 'utf8')),
  }
}

const peakMemory = `
const { isMainThread } = require('node:worker_threads')
const file = __dirname + '/peak'
if (isMainThread) process.on('exit', () =>
  require('node:fs').writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)))
`

function issueList(bednet, site) {
  bednet(site, 'issue', '--from', `${site}.csv`, '--archive', `${site}.tar.gz`, '-q')
}

function writeList(folder, { site, count, password }) {
  const rows = Array.from({ length: count }, (_, index) => `t-${index},sensor,${password}`)
  writeFileSync(join(folder, `${site}.csv`), `name,role,password\n${rows.join('\n')}\n`)
}

function hashesIn(folder, site) {
  const batches = join(folder, `.bednet/${site}.sandbox/batches`)
  const names = readdirSync(batches).filter(name => name.endsWith('.passwords'))
  return names.map(name => readFileSync(join(batches, name), 'utf8'))
}

const profileOf = site => `site: ${site}
authority: { passphrase: generated }
brokers: { hub: { host: sandbox } }
listeners: [{ port: 8883, admit: certificate+password }]
users: { dashboard: { role: sensor } }
roles: { sensor: { publish: ['sensors/%u/#'] } }
`
