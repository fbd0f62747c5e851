import { BlockList, isIPv6 } from 'node:net'
import { isLoopbackAddress } from '../profile/address.js'
import type { Broker, Fleet, Listener } from '../profile/fleet.js'
import type { Expectation, Route } from './expectation.js'
import { mqttExpectations } from './expectations-mqtt.js'
import { tlsExpectations } from './expectations-tls.js'

/** From where the broker is looked at. */
export type Vantage =
  /** Another machine; `address` is its own, as the host sees it, undefined where unknown. */
  | { readonly from: 'outside'; readonly address: string | undefined }
  /** The host itself. */
  | { readonly from: 'here' }
  | { readonly from: 'sandbox' }

interface ExpectationsInput {
  readonly fleet: Fleet
  readonly broker: Broker
  /** Of Mosquitto, e.g. `2.0.11`. */
  readonly version: string
  readonly vantage: Vantage
}

/** All that must hold of one broker, what must work and what must fail, in the order of a report. */
export function expectations(input: ExpectationsInput): readonly Expectation[] {
  return input.fleet.listeners.flatMap(listener => {
    const via = route(listener, input.vantage)
    return [
      ...reachExpectations(listener, input, via),
      ...(listener.tls ? tlsExpectations(listener, input, via) : []),
      ...mqttExpectations(listener, input, via),
    ]
  })
}

/** The way that is sure to lead there: it is not guessed that a firewall lets the operator in. */
function route(listener: Listener, vantage: Vantage): Route {
  if (vantage.from !== 'outside') return 'direct'
  return isLoopback(listener) || admits(listener, vantage.address) !== true ? 'forward' : 'direct'
}

function isLoopback({ bind }: Listener): boolean {
  return bind === 'loopback' || (bind !== 'everywhere' && isLoopbackAddress(bind.address))
}

/** Whether the firewall lets this address in; undefined where nobody can tell. */
function admits({ sources }: Listener, address: string | undefined): boolean | undefined {
  if (sources === 'anywhere') return true
  if (sources === 'nowhere') return false
  if (address === undefined) return undefined
  const blocks = new BlockList()
  for (const source of sources) {
    const [network = '', prefix] = source.split('/')
    const family = isIPv6(network) ? 'ipv6' : 'ipv4'
    blocks.addSubnet(network, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return blocks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function reachExpectations(
  listener: Listener,
  input: ExpectationsInput,
  via: Route,
): readonly Expectation[] {
  const { port } = listener
  const at = String(port)
  const open: Expectation = {
    id: `${at}/open`,
    proves: `port ${at} answers`,
    port,
    via,
    check: { kind: 'open' },
  }
  const outside = { id: `${at}/outside`, port, via: 'direct' } as const
  if (isLoopback(listener)) {
    const proves = `port ${at} cannot be reached from outside the host`
    return [open, { ...outside, proves, check: closedLoopback(listener, input) }]
  }
  if (typeof listener.sources === 'string') return [open]
  const proves = `the firewall keeps out who is not in ${listener.sources.join(', ')}`
  return [open, { ...outside, proves, check: closedFirewall(listener, input) }]
}

function closedLoopback(
  { protocol }: Listener,
  { vantage, version }: ExpectationsInput,
): Expectation['check'] {
  if (vantage.from === 'outside') return { kind: 'closed', by: 'loopback', promised: true }
  // 2.0.11 opens a WebSockets listener on every address, 2.0.21 where it was told to.
  const doubt = protocol === 'websockets' && version.startsWith('2.0')
  const because = doubt
    ? `only another machine can show it, and WebSockets of 2.0.11 are open to all of them`
    : 'this machine is the host itself: only another one can show it'
  return { kind: 'untried', because }
}

function closedFirewall(
  listener: Listener,
  { fleet, vantage }: ExpectationsInput,
): Expectation['check'] {
  if (vantage.from === 'sandbox') {
    return { kind: 'untried', because: 'a sandbox has no firewall' }
  }
  if (vantage.from === 'here') {
    return { kind: 'untried', because: 'a firewall lets its own machine in: try it from another' }
  }
  const admitted = admits(listener, vantage.address)
  if (admitted === false) return { kind: 'closed', by: 'firewall', promised: fleet.enableFirewall }
  const because =
    admitted === undefined
      ? 'the address by which the host sees this machine is not known'
      : `this machine (${String(vantage.address)}) is one of those it lets in`
  return { kind: 'untried', because }
}
