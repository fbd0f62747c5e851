import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCommand } from '../../build.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Fresh hosts under these names; how to reach each, and the bytes that known_hosts needs of it. */
export function startHosts(...names) {
  const words = ['up', ...names, '--replace', '--json']
  const said = execFileSync(join(root, 'scripts/lab'), words, { encoding: 'utf8' })
  return JSON.parse(said).hosts
}

export function endHosts(...names) {
  execFileSync(join(root, 'scripts/lab'), ['down', ...names])
}

/** A person's home with a built command, from which ssh, Ansible and bednet reach the same hosts. */
export async function makeScene() {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-bench-'))
  await buildCommand(join(folder, 'dist/cli'))
  for (const name of ['package.json', 'profiles', 'templates'])
    symlinkSync(join(root, name), join(folder, name))
  mkdirSync(join(folder, '.ssh'))
  Object.assign(process.env, {
    ...{ HOME: folder, BEDNET_CA_PASSPHRASE: 'bench', XDG_CACHE_HOME: join(folder, 'cache') },
    ...{ ANSIBLE_PIPELINING: 'True', ANSIBLE_HOME: join(folder, '.ansible') },
  })
  const config = join(folder, '.ssh/config')
  return {
    folder,
    config,
    ssh: ({ user, address }, ...options) => ['ssh', '-F', config, ...options, `${user}@${address}`],
    bednet: (...words) => ['node', join(folder, 'dist/cli/bednet.cjs'), ...words],
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Lets the person reach these hosts, and names them in the profile as its brokers. */
export function aimAt({ folder, config }, hosts, topic = 'one') {
  const known = hosts.map(({ knownHosts }) => knownHosts).join(' ')
  writeFileSync(config, `IdentityFile ${hosts[0].key}\nUserKnownHostsFile ${known}\n`)
  writeFileSync(join(folder, 'bednet.yaml'), profile(hosts, topic))
  writeFileSync(join(folder, 'hosts.ini'), hosts.map(inventory).join(''))
}

const profile = (hosts, topic) => `
site: bench
authority: { passphrase: { env: BEDNET_CA_PASSPHRASE } }
brokers:
${hosts.map(broker).join('\n')}
listeners: [{ port: 8883, admit: certificate }]
devices: [{ names: 'plug-{1..20}', role: plug }]
roles: { plug: { publish: ['${topic}/%u'], subscribe: ['commands/%u'] } }
firewall: { enable: true }
`

const broker = ({ name, user, address }) =>
  `  ${name}: { host: ${user}@${address}, commonName: ${name}.bench.test }`

const inventory = ({ name, user, address, key, knownHosts }) =>
  `${name} ansible_host=${address} ansible_user=${user} ansible_ssh_private_key_file=${key} ` +
  `ansible_ssh_common_args='-o UserKnownHostsFile=${knownHosts}'\n`
