import type { ReachCheck } from '../broker/expectation.js'
import { withinLimit } from '../hosts/limit.js'
import { knock } from '../hosts/port.js'
import { addressOnHost, type Door, type Scene } from './verify-scene.js'
import { failed, passed, skipped, verdictOfError, type Verdict } from './verify-verdict.js'

/** Whether a port answers where it should, and does not where it should not. */
export async function checkReach(
  { input }: Scene,
  door: Door,
  check: ReachCheck,
): Promise<Verdict> {
  if (check.kind === 'closed') return checkClosed(input.target.address, door, check)
  if (door.via === 'direct') return checkOpen(door)
  const { port } = door.listener
  const forwarded = input.host.forward(addressOnHost(door.listener), port).then(stream => {
    stream.destroy()
    return passed(`it answers through the tunnel to ${input.host.address}`)
  }, verdictOfError)
  return withinLimit(forwarded, forwardLimitMs, failed(`no tunnel within ${seconds}`))
}

/** A firewall drops without a word; a second is long for a round trip, and SYN is sent again after one. */
const knockLimitMs = 3_000
const forwardLimitMs = 10_000
const seconds = `${String(forwardLimitMs / 1000)} s`

async function checkOpen({ address, port }: Door): Promise<Verdict> {
  const answer = await knock(address, port, knockLimitMs)
  switch (answer.answer) {
    case 'open':
      return passed(`${address}:${String(port)} accepts connections`)
    case 'refused':
      return failed(`${address} answers that nobody listens on port ${String(port)}`)
    case 'silent':
      return failed(
        `no answer from ${address}:${String(port)} within ${String(knockLimitMs / 1000)} s: ` +
          `a firewall on the way, or the wrong address`,
      )
    case 'unreachable':
      return failed(`${address}:${String(port)} cannot be reached: ${answer.because}`)
  }
}

async function checkClosed(
  address: string,
  door: Door,
  { by, promised }: Extract<ReachCheck, { kind: 'closed' }>,
): Promise<Verdict> {
  const { port } = door.listener
  const answer = await knock(address, port, knockLimitMs)
  switch (answer.answer) {
    case 'silent':
      return passed(`no answer within ${String(knockLimitMs / 1000)} s: a firewall drops it`)
    case 'refused':
      return passed(
        by === 'loopback'
          ? 'refused at once: nothing listens there (this does not show a firewall)'
          : 'refused at once: a firewall that rejects, or nothing that listens there',
      )
    case 'unreachable':
      return skipped(`${address} itself cannot be reached: ${answer.because}`)
    case 'open':
      return promised
        ? failed(`it answers at ${address}:${String(port)}`)
        : skipped(
            `it answers: the profile does not enable the firewall (firewall: { enable: true })`,
          )
  }
}
