import { readHostName } from './address.js'
import type { Draft, NamedEntry } from './draft.js'
import type { Broker, HostAddress } from './fleet.js'
import type { Finding, Path } from './issues.js'
import { type Refusal, show } from './refusal.js'
import type { Parts } from './schema.js'

type BrokerPart = Parts['broker']

/** Fills in the names: the common name first, then those of the profile, then the host's own. */
export function resolveBroker({ name, value }: NamedEntry<BrokerPart>): Broker {
  const { host, lifetime, key } = value
  const commonName = brokerCommonName(value)
  const names = [commonName, ...value.names, ...namesOfHost(host)]
  return { name, host, commonName, names: [...new Set(names)], lifetimeDays: lifetime, key }
}

/** What was written, else the name in `host`; empty on this machine, which `checkBrokers` refuses. */
export function brokerCommonName({ commonName, host }: BrokerPart): string {
  return commonName ?? namesOfHost(host)[0] ?? ''
}

/** Brokers without a name that clients can call them by, and two on one host. */
export function checkBrokers(
  { brokers }: Draft,
  placeOf: (path: Path) => string,
): readonly Finding[] {
  const first = new Map<string, Path>()
  return brokers.flatMap(({ path, value }) => {
    const hostPath = [...path, 'host']
    const host = addressOf(value.host)
    const other = first.get(host)
    if (!other) first.set(host, hostPath)
    const namePath = value.commonName === undefined ? hostPath : [...path, 'commonName']
    return [
      ...findingsOf(namePath, whyNameless(value)),
      ...findingsOf(hostPath, other && sameHost(host, placeOf(other))),
    ]
  })
}

function findingsOf(path: Path, refusal: Refusal | undefined): readonly Finding[] {
  return refusal ? [{ path, target: 'value', ...refusal }] : []
}

function namesOfHost(host: HostAddress): readonly string[] {
  if (host.kind === 'sandbox') return ['localhost', '127.0.0.1', '::1']
  // An alias of ~/.ssh/config need not be a name that clients can look up.
  const name = host.kind === 'ssh' ? readHostName(host.name) : undefined
  return typeof name === 'string' ? [name] : []
}

function whyNameless(part: BrokerPart): Refusal | undefined {
  const name = brokerCommonName(part)
  const hint = 'add "commonName: …", the DNS name or address that clients call it by'
  if (name === '') {
    return { message: `host ${show(addressOf(part.host))} gives the broker no common name`, hint }
  }
  return name.length > 64
    ? { message: `common name ${show(name)} has more than 64 characters`, hint: longName }
    : undefined
}

const longName = 'write a shorter "commonName", and the long name under "names" (X.520 allows 64)'

function addressOf(host: HostAddress): string {
  if (host.kind !== 'ssh') return host.kind
  return host.port === undefined ? host.name : `${host.name}:${String(host.port)}`
}

function sameHost(host: string, other: string): Refusal {
  return {
    message: `host "${host}" has a broker already at ${other}`,
    hint: 'a host has one Mosquitto; make it one broker with more "names"',
  }
}
