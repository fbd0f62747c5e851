import type { Broker, Fleet, Limits, Listener } from '../profile/fleet.js'
import { accessList } from './acl.js'
import { render, type Templates } from './render.js'

/** What a configuration depends on besides the profile. */
export interface Target {
  /** Absolute path of the link to the current generation on the host. */
  readonly folder: string
  /** True where `::1` was observed: a listener on it ends the broker where IPv6 is off. */
  readonly ipv6Loopback: boolean
}

/** `broker.conf`: what bednet adds to the packaged mosquitto.conf, repeating nothing of it. */
export function renderConfiguration(
  templates: Templates,
  { fleet, broker }: { readonly fleet: Fleet; readonly broker: Broker },
  { folder, ipv6Loopback }: Target,
): string {
  return render(templates, 'broker.conf', {
    site: fleet.site,
    broker: broker.name,
    folder,
    persistence: fleet.persistence,
    passwords: takesPasswords(fleet),
    options: limitOptions(fleet.limits),
    listeners: fleet.listeners.flatMap(listener =>
      addresses(listener, ipv6Loopback).map(address => ({
        folder,
        port: listener.port,
        address,
        websockets: listener.protocol === 'websockets',
        maxConnections: fleet.limits.maxConnections ?? false,
        tls: listener.tls,
        certificate: needsCertificate(listener),
        identity: listener.admit === 'certificate',
      })),
    ),
  })
}

/** The ACL file; the same on every broker of the fleet. */
export function renderAccessList(templates: Templates, fleet: Fleet): string {
  return render(templates, 'acl', {
    site: fleet.site,
    ...accessList(fleet),
  })
}

export function takesPasswords(fleet: Fleet): boolean {
  return fleet.listeners.some(({ admit }) => admit !== 'certificate')
}

export function needsCertificate({ admit }: Listener): boolean {
  return admit !== 'password'
}

/** Empty string: all addresses, IPv4 and IPv6 by one socket each. */
function addresses({ bind, protocol }: Listener, ipv6Loopback: boolean): readonly string[] {
  if (bind === 'everywhere') return ['']
  // WebSockets of 2.0.11 open on every address whatever they are told, so a second one fails.
  if (bind === 'loopback' && protocol === 'websockets') return ['127.0.0.1']
  if (bind === 'loopback') return ['127.0.0.1', ...(ipv6Loopback ? ['::1'] : [])]
  return [bind.address]
}

function limitOptions(limits: Limits): readonly { name: string; value: string }[] {
  const options = {
    max_packet_size: limits.maxPacketBytes,
    max_queued_messages: limits.maxQueuedMessages,
    max_inflight_messages: limits.maxInflightMessages,
    max_keepalive: limits.maxKeepaliveSeconds,
    message_size_limit: limits.messageBytes,
    persistent_client_expiration:
      limits.sessionExpiryDays === undefined ? undefined : `${String(limits.sessionExpiryDays)}d`,
  }
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: String(value) }],
  )
}
