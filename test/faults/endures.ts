import { outcomeIn, said } from '../lab/operator.js'
import { type Bench, emptied, isUp, turned } from './bench.js'
import { isFinished, leavesNoSecret } from './finished.js'
import { issued, served, subscriber } from './served.js'
import type { Surrounding } from './surrounding.js'

/**
 * Brings a change to a host with which something is wrong: it is carried out, or refused and nothing
 * of it is left, not even for those who are connected; and with the host mended it is carried out.
 * @throws Error that says which of these does not hold
 */
export async function endures(given: Bench, surrounding: Surrounding): Promise<Bench> {
  const { isFirst, refusal } = surrounding
  const before = isFirst ? await emptied(given) : given
  const bench = await turned(before, 'port')
  const { host, one } = bench
  const old = await served(host, one)
  const listener = isFirst || refusal === undefined ? undefined : await subscriber(host, one)
  try {
    const set = await host.run(surrounding.set(bench))
    const up = await one.bednet('up', '--yes', '--json')
    const goal = refusal === undefined ? await issued(one) : old
    if ((up.exitCode === 0) !== (refusal === undefined))
      throw new Error(`set up: ${said(set)}; and ${said(up)}`)
    const message = up.exitCode === 0 ? '' : (outcomeIn(up).error?.message ?? '')
    if (refusal?.test(message) === false) throw new Error(`another refusal: ${message}`)
    await host.run(surrounding.clear)
    const seen = await served(host, one)
    if (seen !== goal) throw new Error(`the broker serves ${seen}, and not ${goal}`)
    const stays = await listener?.isStillThere()
    if (stays === false && !brokerWasPutBack(message)) throw new Error('a session was lost')
    await leavesNoSecret(host)
    await isUp(bench)
  } finally {
    await listener?.leave()
    await host.run(surrounding.clear)
  }
  await isFinished(bench)
  return bench
}

/** It had been restarted with the new configuration, as the plan had announced. */
function brokerWasPutBack(message: string): boolean {
  return /does not serve|proof/.test(message)
}
