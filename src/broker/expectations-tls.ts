import type { Broker, Listener } from '../profile/fleet.js'
import { peerName } from './canary.js'
import { needsCertificate } from './config.js'
import type { BadClient, Check, Expectation, Route, TlsCheck } from './expectation.js'

/** What a TLS listener must show to anybody, and whom it must turn away before MQTT begins. */
export function tlsExpectations(
  listener: Listener,
  { broker, version }: { readonly broker: Broker; readonly version: string },
  via: Route,
): readonly Expectation[] {
  const parts = [
    ...handshake(broker),
    ...(needsCertificate(listener) ? clients() : []),
    {
      id: 'plaintext',
      proves: 'MQTT in clear gets no answer from this TLS port',
      check: { kind: 'plaintext-refused' } as const,
    },
  ]
  const old = listener.protocol === 'websockets' && version.startsWith('2.0')
  return parts.map(({ id, proves, check }) => ({
    id: `${String(listener.port)}/${id}`,
    proves,
    port: listener.port,
    via,
    check: old ? asOldWebsockets(check, version) : check,
  }))
}

/** 2.0 hands WebSockets to libwebsockets, which heeds neither `crlfile` nor `tls_version`. */
function asOldWebsockets(check: TlsCheck, version: string): Check {
  if (check.kind === 'tls-too-old') return { ...check, stoppedBy: 'openssl' }
  if (check.kind !== 'tls-refused' || check.client !== 'revoked') return check
  return {
    kind: 'untried',
    because: `WebSockets of Mosquitto ${version} heed no revocation list`,
  }
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
      check: { kind: 'tls-accepted', version: '1.3' },
    },
    {
      id: 'tls-1.2',
      proves: 'TLS 1.2 is accepted',
      check: { kind: 'tls-accepted', version: '1.2' },
    },
    {
      id: 'tls-1.1',
      proves: 'TLS 1.1 is refused',
      check: { kind: 'tls-too-old', stoppedBy: 'broker' },
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
