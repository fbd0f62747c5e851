import type { Broker, Listener } from '../profile/fleet.js'
import { peerName } from './canary.js'
import { needsCertificate } from './config.js'
import type { BadClient, Expectation, Route, TlsCheck } from './expectation.js'

/** What a TLS listener must show to anybody, and whom it must turn away before MQTT begins. */
export function tlsExpectations(
  listener: Listener,
  { broker, version }: { readonly broker: Broker; readonly version: string },
  via: Route,
): readonly Expectation[] {
  const checks = [
    ...handshake(broker),
    ...(needsCertificate(listener) ? clients() : []),
    {
      id: 'plaintext',
      proves: 'MQTT in clear gets no answer from this TLS port',
      check: { kind: 'plaintext-refused' } as const,
    },
  ]
  const deaf = listener.protocol === 'websockets' && version.startsWith('2.0')
  return checks.map(({ id, proves, check }) => ({
    id: `${String(listener.port)}/${id}`,
    proves,
    port: listener.port,
    via,
    check:
      deaf && check.kind === 'tls-refused' && check.client === 'revoked'
        ? { kind: 'untried', because: `WebSockets of Mosquitto ${version} read no revocation list` }
        : check,
  }))
}

interface Part {
  readonly id: string
  readonly proves: string
  readonly check: TlsCheck
}

function handshake(broker: Broker): readonly Part[] {
  return [
    {
      id: 'chain',
      proves: 'the certificate leads to our authority',
      check: { kind: 'tls-trusted', name: undefined },
    },
    ...broker.names.map((name): Part => ({
      id: `name/${name}`,
      proves: `the certificate is good for ${name}`,
      check: { kind: 'tls-trusted', name },
    })),
    {
      id: 'certificate',
      proves: 'the certificate served is the one that was pushed',
      check: { kind: 'tls-served' },
    },
    {
      id: 'tls-1.3',
      proves: 'TLS 1.3 is accepted',
      check: { kind: 'tls-version', version: '1.3', accepted: true },
    },
    {
      id: 'tls-1.2',
      proves: 'TLS 1.2 is accepted',
      check: { kind: 'tls-version', version: '1.2', accepted: true },
    },
    {
      id: 'tls-1.1',
      proves: 'TLS 1.1 is refused',
      check: { kind: 'tls-version', version: '1.1', accepted: false },
    },
  ]
}

/** The good one first: that it gets in is what gives the refusals of the others a meaning. */
function clients(): readonly Part[] {
  return [
    {
      id: 'client/good',
      proves: 'a client with a good certificate is let in',
      check: { kind: 'tls-admitted', client: peerName },
    },
    ...Object.entries(badClients).map(([client, words]): Part => ({
      id: `client/${client}`,
      proves: `a client ${words} is refused`,
      check: { kind: 'tls-refused', client: client as BadClient },
    })),
  ]
}

const badClients: Readonly<Record<BadClient, string>> = {
  none: 'without a certificate',
  revoked: 'with a revoked certificate',
  expired: 'with an expired certificate',
  'not-yet-valid': 'with a certificate that is not yet valid',
  foreign: 'with a certificate of another authority',
}
