import { resolve } from 'node:path'
import { resolveBroker } from './brokers.js'
import type { PlacedDevice } from './devices.js'
import type { Draft } from './draft.js'
import type { AuthoritySpec, Fleet, Limits } from './fleet.js'
import { resolveListener } from './listeners.js'
import type { Parts } from './schema.js'

interface Surroundings {
  readonly folder: string
  readonly install: Pick<Fleet, 'source' | 'archive'>
}

/** A fleet of a draft without faults; undefined where a part is missing, which is a fault. */
export function resolveFleet(
  draft: Draft,
  devices: readonly PlacedDevice[],
  { folder, install }: Surroundings,
): Fleet | undefined {
  const { site, authority, limits, persistence, firewall, templates } = draft
  if (site === undefined || !authority || !limits || !firewall) return undefined
  if (persistence === undefined) return undefined
  return {
    site,
    folder,
    authority: resolveAuthority(authority, site),
    brokers: draft.brokers.map(resolveBroker),
    listeners: draft.listeners.map(({ value }) => resolveListener(value)),
    users: draft.users.map(({ name, value }) => ({ name, ...value })),
    devices: devices.map(({ device }) => device),
    roles: draft.roles.map(({ name, value }) => ({ name, ...value })),
    limits: resolveLimits(limits),
    persistence,
    enableFirewall: firewall.enable,
    ...install,
    templates: templates === undefined ? undefined : resolve(folder, templates),
  }
}

/** The common name of an authority that was given none. */
export function defaultAuthorityName(site: string): string {
  return `${site} CA`
}

function resolveAuthority(part: Parts['authority'], site: string): AuthoritySpec {
  return {
    commonName: part.commonName ?? defaultAuthorityName(site),
    key: part.key,
    lifetimeDays: part.lifetime,
    passphrase: part.passphrase,
    revocationListDays: part.crl.lifetime,
  }
}

function resolveLimits(part: Parts['limits']): Limits {
  return {
    maxConnections: part.maxConnections,
    maxPacketBytes: part.maxPacket,
    maxQueuedMessages: part.maxQueuedMessages,
    maxInflightMessages: part.maxInflightMessages,
    maxKeepaliveSeconds: part.maxKeepalive,
    messageBytes: part.messageSize,
    sessionExpiryDays: part.sessionExpiry,
  }
}
