import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { medianRatio, printRatios, runInTurns } from '../rounds.mjs'
import { aimAt, startHosts } from './scene.mjs'

const playbook = fileURLToPath(new URL('playbook.yml', import.meta.url))
const rounds = 3

/** A first run on a fresh host, then a changed list of rights and no change: the same on both sides. */
export function measureAnsible(scene, host) {
  if (spawnSync('ansible-playbook', ['--version']).status !== 0) {
    // A peer that is absent is no failure.
    console.log('Ansible is not installed here: no comparison with it')
    return
  }
  const taken = { ssh: [], first: [], firstPlay: [], up: [], none: [], play: [], same: [] }
  const timed = (name, argv) => {
    const { [name]: seconds } = runInTurns([{ name, argv, cwd: scene.folder }], 1, 0)
    taken[name].push(...seconds)
  }
  const up = scene.bednet('up', '--no-verify')
  const play = topic => ['ansible-playbook', '-i', 'hosts.ini', playbook, '-e', `topic=${topic}`]
  const fresh = topic => {
    aimAt(scene, startHosts(host.name), topic)
    rmSync(join(scene.folder, '.bednet'), { recursive: true, force: true })
  }
  for (let round = 0; round < rounds; round++) {
    const topic = `round${round}`
    fresh('first')
    timed('firstPlay', play('first'))
    fresh('first')
    timed('first', up)
    aimAt(scene, [host], topic)
    timed('ssh', [...scene.ssh(host), 'true'])
    timed('up', up)
    timed('none', up)
    timed('play', play(topic))
    timed('same', play(topic))
  }
  const ratio = (one, other) => medianRatio(taken[one], taken[other])
  const of = 'Ansible'
  printRatios([
    { what: 'first up', ratio: ratio('first', 'firstPlay'), of },
    { what: 'up with a change', ratio: ratio('up', 'play'), of, budget: 1 / 15 },
    { what: 'up without a change', ratio: ratio('none', 'same'), of, budget: 1 / 25 },
    { what: 'up with a change', ratio: ratio('up', 'ssh'), of: 'ssh host true' },
  ])
}
