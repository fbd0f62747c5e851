// What bringing a profile to a host costs, beside `ssh host true`, scp and Ansible: PERFORMANCE.md, part 5.
import { Buffer } from 'node:buffer'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCommand } from '../build.mjs'
import { medianRatio, printRatios, runInTurns } from './rounds.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const playbook = fileURLToPath(new URL('playbook.yml', import.meta.url))
const rounds = 9
const slowRounds = 3
const hostName = 'bench-deploy'
const pushBytes = 100_000_000

export async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-bench-'))
  const host = startHost()
  try {
    const scene = await prepare(folder, host)
    measureNoChange(scene)
    measurePush(scene)
    measureChange(scene)
  } finally {
    execFileSync(join(root, 'scripts/lab'), ['down', hostName])
    rmSync(folder, { recursive: true, force: true })
  }
}

function startHost() {
  const words = ['up', hostName, '--replace', '--json']
  return JSON.parse(execFileSync(join(root, 'scripts/lab'), words, { encoding: 'utf8' })).hosts[0]
}

/** A person's home with the way to the host, a built command, and the profile; all is up already. */
async function prepare(folder, host) {
  await buildCommand(join(folder, 'dist/cli'))
  for (const name of ['package.json', 'profiles', 'templates'])
    symlinkSync(join(root, name), join(folder, name))
  mkdirSync(join(folder, '.ssh'))
  const options = `IdentityFile ${host.key}\nUserKnownHostsFile ${host.knownHosts}\n`
  writeFileSync(join(folder, '.ssh/config'), options)
  writeFileSync(join(folder, 'bednet.yaml'), profile(host, 'one'))
  writeFileSync(join(folder, 'hosts.ini'), inventory(host))
  Object.assign(process.env, {
    ...{ HOME: folder, BEDNET_CA_PASSPHRASE: 'bench', XDG_CACHE_HOME: join(folder, 'cache') },
    ...{ ANSIBLE_PIPELINING: 'True', ANSIBLE_HOME: join(folder, '.ansible') },
  })
  const ssh = ['ssh', '-F', join(folder, '.ssh/config'), `${host.user}@${host.address}`]
  const bednet = (...words) => ['node', join(folder, 'dist/cli/bednet.cjs'), ...words]
  execFileSync('node', bednet('up', '--no-verify').slice(1), { cwd: folder, stdio: 'ignore' })
  return { folder, host, ssh, bednet }
}

const profile = ({ user, address }, topic) => `
site: bench
authority: { passphrase: { env: BEDNET_CA_PASSPHRASE } }
brokers: { hub: { host: ${user}@${address}, commonName: hub.bench.test } }
listeners: [{ port: 8883, admit: certificate }]
devices: [{ names: 'plug-{1..20}', role: plug }]
roles: { plug: { publish: ['${topic}/%u'], subscribe: ['commands/%u'] } }
firewall: { enable: true }
`

const inventory = ({ user, address, key, knownHosts }) =>
  `hub ansible_host=${address} ansible_user=${user} ansible_ssh_private_key_file=${key} ` +
  `ansible_ssh_common_args='-o UserKnownHostsFile=${knownHosts}'\n`

function measureNoChange({ folder, ssh, bednet }) {
  const [program, ...words] = ssh
  const pinned = [program, '-o', 'KexAlgorithms=curve25519-sha256', ...words, 'true']
  const seconds = runInTurns(
    [
      { name: 'ssh', argv: [...ssh, 'true'] },
      { name: 'pinned', argv: pinned },
      { name: 'plan', argv: bednet('plan') },
      { name: 'up', argv: bednet('up', '--no-verify') },
    ].map(subject => ({ ...subject, cwd: folder })),
    rounds,
  )
  const of = { ssh: 'ssh host true', pinned: 'the same with curve25519' }
  printRatios(
    ['plan', 'up'].flatMap(verb =>
      ['ssh', 'pinned'].map(floor => ({
        what: verb === 'plan' ? 'plan, no change' : 'up --no-verify, no change',
        ratio: medianRatio(seconds[verb], seconds[floor]),
        of: of[floor],
        budget: floor === 'ssh' ? 1 : undefined,
      })),
    ),
  )
}

/** Through the same exec of the same library as an upload. */
function measurePush({ folder, host, ssh }) {
  const file = join(folder, 'large')
  writeFileSync(file, Buffer.alloc(pushBytes, 'x'))
  const push = fileURLToPath(new URL('push.mjs', import.meta.url))
  const target = `${host.user}@${host.address}:/tmp/large`
  const seconds = runInTurns(
    [
      { name: 'scp', argv: ['scp', '-q', '-F', join(folder, '.ssh/config'), file, target] },
      { name: 'push', argv: ['node', push, host.address, host.user, host.key, file] },
    ].map(subject => ({ ...subject, cwd: folder })),
    rounds,
  )
  execFileSync(ssh[0], [...ssh.slice(1), 'rm -f /tmp/large'])
  const ratio = medianRatio(seconds.push, seconds.scp)
  printRatios([{ what: '100 MB by the way of an upload', ratio, of: 'scp', budget: 1 }])
}

/** A changed list of rights: the same on both sides, from one value to another and back. */
function measureChange({ folder, host, ssh, bednet }) {
  if (spawnSync('ansible-playbook', ['--version']).status !== 0) {
    // A peer that is absent is no failure.
    console.log('Ansible is not installed here: no comparison with it')
    return
  }
  const play = topic => ['ansible-playbook', '-i', 'hosts.ini', playbook, '-e', `topic=${topic}`]
  const taken = { ssh: [], up: [], none: [], play: [], same: [] }
  const timed = (name, argv) => {
    const {
      [name]: [seconds],
    } = runInTurns([{ name, argv, cwd: folder }], 1, 0)
    taken[name].push(seconds)
  }
  for (let round = 0; round < slowRounds; round++) {
    const topic = `round${round}`
    writeFileSync(join(folder, 'bednet.yaml'), profile(host, topic))
    timed('ssh', [...ssh, 'true'])
    timed('up', bednet('up', '--no-verify'))
    timed('none', bednet('up', '--no-verify'))
    timed('play', play(topic))
    timed('same', play(topic))
  }
  printRatios([
    {
      what: 'up with a change',
      ratio: medianRatio(taken.up, taken.play),
      of: 'Ansible',
      budget: 1 / 15,
    },
    {
      what: 'up without a change',
      ratio: medianRatio(taken.none, taken.same),
      of: 'Ansible',
      budget: 1 / 25,
    },
    { what: 'up with a change', ratio: medianRatio(taken.up, taken.ssh), of: 'ssh host true' },
  ])
}
