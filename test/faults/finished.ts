import type { LabHost } from '../lab/host.js'
import { said } from '../lab/operator.js'
import type { Bench } from './bench.js'
import { issued, served } from './served.js'

/** A change that nobody has confirmed is still open; the next run does. */
export async function leavesNoSecret(host: LabHost): Promise<void> {
  // What reads an upload notices the end of its connection a moment after we do.
  const until = Date.now() + patienceMs
  let left = await leftOn(host)
  while (left !== '' && Date.now() < until) left = await leftOn(host)
  if (left !== '') throw new Error(`something is left: ${left}`)
}

const patienceMs = 10_000

async function leftOn(host: LabHost): Promise<string> {
  const { stdout } = await host.run(`
    find /run /tmp -name '*bednet*' ! -path /run/bednet ! -path '/run/bednet/journal-of-this-boot'
    find /run/bednet -mindepth 1 ! -path /run/bednet/lock ! -path '/run/bednet/journal-of-this-boot'
    pgrep -a mosquitto | grep -v ' -c /etc/mosquitto/mosquitto.conf$'`)
  return stdout
}

/** The new state is on disk, loaded and served, and there is nothing left to do. */
export async function isFinished({ host, one }: Bench): Promise<void> {
  const { stdout } = await host.run(`
    find /etc/mosquitto /var/lib/bednet /etc/systemd/system -name '*.new'
    ls -A /var/lib/bednet; ls -A /run/bednet | grep -vx lock
    [ "$(readlink /etc/mosquitto/bednet/current)" = "$(cat /etc/mosquitto/bednet/loaded)" ] || echo loaded`)
  if (stdout !== '') throw new Error(`after the next run something is left: ${stdout}`)
  if ((await served(host, one)) !== (await issued(one))) throw new Error('the old is still served')
  const plan = await one.bednet('plan', '--json')
  if (plan.exitCode !== 0) throw new Error(`the plan is not empty: ${said(plan)}`)
}
