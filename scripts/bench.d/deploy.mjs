// What bringing a profile to hosts costs, beside ssh, scp and Ansible: PERFORMANCE.md, part 5.
// `scripts/bench deploy [--hosts N]`: N hosts at once besides, each of which takes 60 MB of memory.
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { commandSettings } from '../build.mjs'
import { measureAnsible } from './deploy/ansible.mjs'
import { aimAt, endHosts, makeScene, startHosts } from './deploy/scene.mjs'
import { medianRatio, printRatios, runInTurns } from './rounds.mjs'

const rounds = 9
const hostName = 'bench-deploy'
const pushBytes = 100_000_000

export async function main(words) {
  const { values } = parseArgs({ args: words, options: { hosts: { type: 'string' } } })
  const scene = await makeScene()
  try {
    await measureOne(scene)
    if (values.hosts !== undefined) measureMany(scene, Number(values.hosts))
  } finally {
    scene.remove()
  }
}

async function measureOne(scene) {
  const [host] = startHosts(hostName)
  try {
    aimAt(scene, [host])
    bringUp(scene)
    measureNoChange(scene, host)
    await measurePush(scene, host)
    measureAnsible(scene, host)
  } finally {
    endHosts(hostName)
  }
}

function bringUp({ folder, bednet }) {
  const [program, ...words] = bednet('up', '--no-verify')
  execFileSync(program, words, { cwd: folder, stdio: 'ignore' })
}

function measureNoChange({ folder, ssh, bednet }, host) {
  const seconds = runInTurns(
    [
      { name: 'ssh', argv: [...ssh(host), 'true'] },
      { name: 'pinned', argv: [...ssh(host, '-o', 'KexAlgorithms=curve25519-sha256'), 'true'] },
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

async function measurePush({ folder, config }, { user, address }) {
  const file = join(folder, 'large')
  writeFileSync(file, Buffer.alloc(pushBytes, 'x'))
  const push = join(folder, 'push.cjs')
  await build({
    ...commandSettings,
    entryPoints: [fileURLToPath(new URL('deploy/push.mjs', import.meta.url))],
    outfile: push,
    external: ['cpu-features', '*.node'],
  })
  const scp = ['scp', '-q', '-F', config, file, `${user}@${address}:/tmp/large`]
  const seconds = runInTurns(
    [
      { name: 'scp', argv: scp, cwd: folder },
      { name: 'push', argv: ['node', push, user, address, file], cwd: folder },
    ],
    rounds,
  )
  const ratio = medianRatio(seconds.push, seconds.scp)
  printRatios([{ what: '100 MB as an upload', ratio, of: 'scp', budget: 1 }])
}

/** Twenty hosts at once, against as many `ssh host true` at once. */
function measureMany(scene, count) {
  const names = Array.from({ length: count }, (_, index) => `bench-many-${index}`)
  try {
    const hosts = startHosts(...names)
    aimAt(scene, hosts)
    bringUp(scene)
    const logins = hosts.map(host => `${scene.ssh(host).join(' ')} true &`).join('\n')
    const seconds = runInTurns(
      [
        { name: 'ssh', argv: ['sh', '-c', `${logins}\nwait`] },
        { name: 'plan', argv: scene.bednet('plan', '--parallel', String(count)) },
      ].map(subject => ({ ...subject, cwd: scene.folder })),
      rounds,
    )
    const ratio = medianRatio(seconds.plan, seconds.ssh)
    const of = `${count} x ssh host true at once`
    printRatios([{ what: `plan of ${count} hosts, no change`, ratio, of, budget: 1.5 }])
  } finally {
    endHosts(...names)
  }
}
