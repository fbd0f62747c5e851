import { identityText } from '../plan/generation.js'
import type { Machine } from '../plan/machine.js'
import type { Content, Desired, FirewallRule, GenerationFile } from '../plan/resource.js'
import type { Broker, Fleet } from '../profile/fleet.js'
import {
  needsCertificate,
  renderAccessList,
  renderConfiguration,
  takesPasswords,
  type Target,
} from './config.js'
import type { Templates } from './render.js'

/** What the vault has for one broker, each by name and digest, or why it is still to be made. */
export interface Holdings {
  readonly authoritySha256: string | undefined
  readonly authority: Content
  readonly revocationList: Content
  /** Of the list that the vault has, however due another one is. */
  readonly revocationListNumber?: number | undefined
  readonly certificate: Content
  readonly key: Content
  readonly passwords: Content
}

interface DesiredInput {
  readonly fleet: Fleet
  readonly broker: Broker
  readonly holdings: Holdings
  readonly target: Target
  /** Major and minor version of Mosquitto, e.g. `2.0`. */
  readonly version: string
  readonly services: Machine['services']
}

/** Everything that one host should have, decided from the profile and the vault alone. */
export function desired(templates: Templates, input: DesiredInput): Desired {
  const { fleet, broker, holdings } = input
  return {
    site: fleet.site,
    broker: broker.name,
    authority: holdings.authoritySha256,
    ...(fleet.listeners.some(needsCertificate)
      ? { revocationList: holdings.revocationListNumber }
      : {}),
    packages: packagesFor(fleet, broker, input.services),
    ...(broker.host.kind === 'sandbox'
      ? {}
      : { source: fleet.source?.sha256, archive: fleet.archive }),
    files: generationFiles(templates, input),
    firewall: {
      enable: fleet.enableFirewall && broker.host.kind !== 'sandbox',
      rules: broker.host.kind === 'sandbox' ? [] : firewallRules(fleet),
    },
    ports: fleet.listeners.map(({ port }) => port),
  }
}

/**
 * The Mosquitto clients and openssl prove a change on the host itself. Without systemd the broker may
 * write its pid file by an access list alone: an older init script makes that file as root.
 */
export function packagesFor(
  fleet: Fleet,
  broker: Broker,
  services: Machine['services'],
): readonly string[] {
  if (broker.host.kind === 'sandbox') return []
  const always =
    fleet.source === undefined
      ? ['mosquitto', 'mosquitto-clients', 'openssl']
      : [...buildPackages, 'openssl']
  return [
    ...always,
    ...(fleet.enableFirewall ? ['ufw'] : []),
    ...(services === 'sysv' ? ['acl'] : []),
  ]
}

/** A source brings the clients along; its Makefile wants these, with WebSockets. */
const buildPackages = [
  'gcc',
  'g++',
  'make',
  'libc6-dev',
  'libssl-dev',
  'libwebsockets-dev',
  'libcjson-dev',
]

function generationFiles(templates: Templates, input: DesiredInput): readonly GenerationFile[] {
  const { fleet, broker, holdings, target } = input
  const configuration = renderConfiguration(templates, { fleet, broker }, target)
  const text = (value: string): Content => ({ kind: 'text', text: value })
  const readable = { owner: 'root', mode: 0o640 } as const
  const served = { ...readable, loadedBy: servedLoadedBy(input) } as const
  // WebSockets read neither (of 2.0 because they cannot), and the others read both again.
  const trusted = { ...readable, loadedBy: 'reload' } as const
  // 2.0 has dropped root before it reads these two, and warns of any other owner.
  const rules = { owner: 'mosquitto', mode: 0o600, loadedBy: 'reload' } as const
  const tlsFiles = [
    { name: 'broker.crt', content: holdings.certificate, ...served },
    { name: 'broker.key', content: holdings.key, ...served },
  ]
  const certificateFiles = [
    { name: 'ca.crt', content: holdings.authority, ...trusted },
    { name: 'crl.pem', content: holdings.revocationList, ...trusted },
  ]
  return [
    {
      name: 'broker.conf',
      content: text(configuration),
      owner: 'root',
      mode: 0o640,
      loadedBy: 'restart',
    },
    {
      name: 'identity',
      content: identity(fleet, holdings),
      owner: 'root',
      mode: 0o640,
      loadedBy: 'nobody',
    },
    { name: 'acl', content: text(renderAccessList(templates, fleet)), ...rules },
    ...(takesPasswords(fleet)
      ? [{ name: 'passwords', content: holdings.passwords, ...rules }]
      : []),
    ...(fleet.listeners.some(({ tls: on }) => on) ? tlsFiles : []),
    ...(fleet.listeners.some(needsCertificate) ? certificateFiles : []),
  ]
}

/** 2.0 hands WebSockets to libwebsockets, which never reads a certificate again. */
export function servedLoadedBy({
  fleet,
  version,
}: Pick<DesiredInput, 'fleet' | 'version'>): 'reload' | 'restart' {
  const websockets = fleet.listeners.some(({ protocol, tls }) => protocol === 'websockets' && tls)
  return websockets && version.startsWith('2.0') ? 'restart' : 'reload'
}

function identity(fleet: Fleet, { authoritySha256 }: Holdings): Content {
  if (authoritySha256 === undefined) {
    return { kind: 'pending', because: 'the authority is to be issued' }
  }
  return { kind: 'text', text: identityText(fleet.site, authoritySha256) }
}

function firewallRules(fleet: Fleet): readonly FirewallRule[] {
  return fleet.listeners.flatMap(({ port, sources }) => {
    if (sources === 'nowhere') return []
    if (sources === 'anywhere') return [{ port, from: 'any' }]
    return sources.map(from => ({ port, from }))
  })
}
