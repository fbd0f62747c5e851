import { userInfo } from 'node:os'

import { parse } from 'ssh-config'

import { BednetError } from '../error.js'
import type { HostAddress } from '../profile/fleet.js'

export type SshAddress = Extract<HostAddress, { kind: 'ssh' }>
type Environment = Readonly<Record<string, string | undefined>>

/** How to reach one host, once its address and the configuration files have been put together. */
export interface SshSettings {
  readonly hostName: string
  readonly port: number
  readonly user: string
  /** In the order to try; where the configuration names none, ssh's own three. */
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  readonly agentSocket: string | undefined
  /** `HostKeyAlias`: the name that known_hosts is asked for instead of the host's own. */
  readonly hostKeyAlias: string | undefined
  /** The first is the one that a newly accepted key is added to. */
  readonly userKnownHosts: readonly string[]
  readonly globalKnownHosts: readonly string[]
  readonly hashKnownHosts: boolean
  /** `StrictHostKeyChecking yes`: an unknown key is refused without asking. `no` is not obeyed. */
  readonly neverAsk: boolean
  /** `user@host:port` of each `ProxyJump`, the first to connect to first. */
  readonly jumps: readonly string[]
}

/** What `config` (files in ssh's order, the first value wins) says of `address`. */
export function sshSettings(
  address: SshAddress,
  config: string,
  environment: Environment,
): SshSettings {
  const found = lookUp(address, config)
  const one = (keyword: string): string | undefined => found(keyword)[0]
  refuseProxyCommand(address, found)
  const home = homeFolder(environment)
  const hostName = (one('hostname') ?? address.name).replaceAll('%h', address.name)
  const user = address.user ?? one('user') ?? environment['USER'] ?? userInfo().username
  const port = address.port ?? Number(one('port') ?? defaultPort)
  const tokens = { h: hostName, n: address.name, r: user, p: String(port), d: home, '%': '%' }
  const path = (word: string): string => expandPath(word, tokens, environment)
  const files = (keyword: string, otherwise: readonly string[]): readonly string[] =>
    orElse(found(keyword), otherwise)
      .filter(each => each !== 'none')
      .map(path)
  return {
    hostName,
    port,
    user,
    identityFiles: files('identityfile', defaultIdentityFiles),
    identitiesOnly: one('identitiesonly') === 'yes',
    agentSocket: agentSocket(one('identityagent'), environment, path),
    hostKeyAlias: one('hostkeyalias'),
    userKnownHosts: files('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
    globalKnownHosts: files('globalknownhostsfile', ['/etc/ssh/ssh_known_hosts']),
    hashKnownHosts: one('hashknownhosts') === 'yes',
    neverAsk: one('stricthostkeychecking') === 'yes',
    jumps: jumpsOf(one('proxyjump'), address),
  }
}

/** `[ssh://][user@]host[:port]`, an IPv6 address in brackets: one step of a `ProxyJump`. */
export function parseJump(jump: string): SshAddress {
  const found = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(jump)
  const name = found?.[2] ?? found?.[3]
  if (found === null || name === undefined) {
    throw new BednetError('USAGE', `ProxyJump "${jump}" is not [user@]host[:port]`, {
      hint: 'correct it in the ssh configuration; an IPv6 address stands in brackets',
    })
  }
  const port = found[4]
  return { kind: 'ssh', user: found[1], name, port: port === undefined ? port : Number(port) }
}

/** Where `~` points. */
export function homeFolder(environment: Environment): string {
  return environment['HOME'] ?? userInfo().homedir
}

const defaultPort = 22

/** ssh's own order. */
const defaultIdentityFiles = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519']

type Found = (keyword: string) => readonly string[]

function lookUp(address: SshAddress, config: string): Found {
  const query =
    address.user === undefined ? { Host: address.name } : { Host: address.name, User: address.user }
  try {
    // `Match exec` would run a command out of a file that bednet was only asked to read.
    const values = parse(withoutLookups(config)).compute(query, {
      ignoreCase: true,
      matchExec: false,
    })
    return keyword => [values[keyword] ?? []].flat()
  } catch (cause) {
    throw new BednetError('USAGE', 'the ssh configuration cannot be read', {
      hint: `check it with "ssh -G ${address.name}"`,
      cause,
    })
  }
}

/** The library answers this keyword by running nslookup. */
function withoutLookups(config: string): string {
  return config.replace(/^[ \t]*CanonicalizeHostname\b.*$/gim, '')
}

function orElse(values: readonly string[], otherwise: readonly string[]): readonly string[] {
  return values.length === 0 ? otherwise : values
}

/** Going straight to a host that is meant to be reached through a command would mislead. */
function refuseProxyCommand(address: SshAddress, found: Found): void {
  const [command] = found('proxycommand')
  if (command === undefined || command === 'none' || found('proxyjump').length > 0) return
  throw new BednetError(
    'HOST_UNSUPPORTED',
    `the ssh configuration reaches ${address.name} by ProxyCommand, which bednet does not run`,
    { hint: 'say the same with ProxyJump', at: address.name },
  )
}

/** ssh, too, lets a jump host that its own `Host *` section sends through itself go directly. */
function jumpsOf(list: string | undefined, { name }: SshAddress): readonly string[] {
  if (list === undefined || list.toLowerCase() === 'none') return []
  const jumps = list.split(',').map(each => each.trim())
  return jumps.some(each => parseJump(each).name === name) ? [] : jumps
}

function agentSocket(
  configured: string | undefined,
  environment: Environment,
  path: (word: string) => string,
): string | undefined {
  if (configured === 'none') return undefined
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') {
    return environment['SSH_AUTH_SOCK']
  }
  return configured.startsWith('$') ? environment[configured.slice(1)] : path(configured)
}

/** `~/`, `%h`-like tokens and `${NAME}`; one that is not known stays as it is. */
function expandPath(
  word: string,
  tokens: Readonly<Record<string, string>>,
  environment: Environment,
): string {
  return word
    .replace(/^~(?=\/|$)/, () => homeFolder(environment))
    .replace(/%([a-zA-Z%])/g, (written, token: string) => tokens[token] ?? written)
    .replace(/\$\{(\w+)\}/g, (written, name: string) => environment[name] ?? written)
}
