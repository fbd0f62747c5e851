import { join } from 'node:path'
import { BednetError } from '../error.js'
import type { Broker, Fleet, Listener, SecretSource } from '../profile/fleet.js'
import { bookkeeping } from '../vault/layout.js'
import type { Project } from './load.js'

/**
 * The project as it is asked for: a rehearsal on this machine where `sandbox` says so, and also where
 * the profile names nothing else.
 * @throws BednetError USAGE where sandboxes and real hosts would share one vault
 */
export function rehearsed(
  project: Project,
  { sandbox, environment }: { readonly sandbox: boolean; readonly environment: Environment },
): Project {
  const isSandbox = ({ host }: Broker): boolean => host.kind === 'sandbox'
  const { brokers } = project.fleet
  if (sandbox || brokers.every(isSandbox)) return asSandbox(project, environment)
  const odd = brokers.find(isSandbox)
  if (odd === undefined) return project
  throw new BednetError('USAGE', `broker "${odd.name}" is a sandbox among real hosts`, {
    at: `broker "${odd.name}"`,
    hint: 'say --sandbox to rehearse all of them, or give it a real host',
  })
}

/**
 * The same profile as a rehearsal on this machine: an authority and a vault of its own, certificates
 * that are good for localhost, and no secret that a person would have to bring.
 */
function asSandbox({ fleet, vault }: Project, environment: Environment): Project {
  return {
    vault: `${vault}.sandbox`,
    fleet: {
      ...fleet,
      authorities: fleet.authorities.map(authority => ({
        ...authority,
        custody: { kind: 'passphrase', source: { from: 'vault' } },
        // It serves on names of this machine.
        permitted: [],
      })),
      brokers: fleet.brokers.map(broker => ({
        ...broker,
        host: { kind: 'sandbox' },
        names: [...new Set([...broker.names, ...localNames])],
      })),
      users: fleet.users.map(user => ({
        ...user,
        password: atHand(user.password, environment) ? user.password : { from: 'vault' },
      })),
      devices: fleet.devices.map(device => ({
        ...device,
        passphrase:
          device.passphrase === undefined || atHand(device.passphrase, environment)
            ? device.passphrase
            : { from: 'vault' },
      })),
      enableFirewall: false,
    },
  }
}

/** Where the file tree of a broker's sandbox lies. */
export function sandboxRoot({ vault }: Project, broker: Broker): string {
  return join(vault, bookkeeping.hosts, broker.name)
}

/** The listeners of a sandbox: on loopback, where no firewall is asked, at the ports it was given. */
export function atSandboxPorts(fleet: Fleet, ports: ReadonlyMap<number, number>): Fleet {
  return {
    ...fleet,
    listeners: fleet.listeners.map((listener): Listener => ({
      ...listener,
      port: ports.get(listener.port) ?? listener.port,
      bind: 'loopback',
      sources: 'nowhere',
    })),
  }
}

type Environment = Readonly<Record<string, string | undefined>>

const localNames = ['localhost', '127.0.0.1', '::1']

function atHand(source: SecretSource, environment: Environment): boolean {
  return source.from === 'env' && environment[source.name] !== undefined
}
