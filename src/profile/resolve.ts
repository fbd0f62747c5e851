import { resolve } from 'node:path'
import { resolveAuthorities } from './authorities.js'
import { resolveBroker } from './brokers.js'
import type { PlacedDevice } from './devices.js'
import type { Draft } from './draft.js'
import type { Fleet, Limits } from './fleet.js'
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
    authorities: resolveAuthorities(authority, site),
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
