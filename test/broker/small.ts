import type { Fleet, Listener, Role } from '../../src/profile/fleet.js'
import { readTemplates } from '../../src/operations/templates.js'
import { quickstart } from '../operations/verify-fleets.js'

/** bednet's own templates, as every profile without others gets them. */
export const templates = await readTemplates(undefined)

/** A role as it reads in a table: `p:` filters it may publish to, `s:` filters it may hear. */
export function role(name: string, rights: string): Role {
  const filters = (kind: string) =>
    rights
      .split(' ')
      .filter(word => word.startsWith(`${kind}:`))
      .map(word => word.slice(2))
  return { name, publish: filters('p'), subscribe: filters('s') }
}

interface People {
  readonly roles: readonly Role[]
  /** Names, each with its role. */
  readonly users?: Readonly<Record<string, string>>
  readonly devices?: Readonly<Record<string, string>>
}

export function fleetOf({ roles, users = {}, devices = {} }: People): Fleet {
  return {
    ...quickstart,
    roles,
    users: Object.entries(users).map(([name, role]) => ({
      name,
      role,
      password: { from: 'vault' },
    })),
    devices: Object.entries(devices).map(([name, role]) => ({
      name,
      role,
      lifetimeDays: 365,
      key: 'p256',
      passphrase: undefined,
      formats: ['pem'] as const,
      platform: undefined,
    })),
  }
}

/** TLS on all addresses, by certificate; and so on, as far as it differs. */
export function listener(differently: Partial<Listener>): Listener {
  return {
    port: 8883,
    bind: 'everywhere',
    protocol: 'mqtt',
    tls: true,
    admit: 'certificate',
    sources: 'anywhere',
    ...differently,
  }
}

/** The one broker of a fleet. */
export function brokerOf(fleet: Fleet): Fleet['brokers'][number] {
  const [broker] = fleet.brokers
  if (broker === undefined) throw new Error('a fleet without a broker')
  return broker
}
