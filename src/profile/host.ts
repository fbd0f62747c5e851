import { readAddress } from './address.js'
import type { HostAddress } from './fleet.js'
import { isRefusal, type Refusal, show } from './refusal.js'

/** Reads where a broker runs: `user@name[:port]`, `local` or `sandbox`; IPv6 goes in brackets. */
export function readHost(text: string): HostAddress | Refusal {
  if (text === 'local' || text === 'sandbox') return { kind: text }
  const [, user, name, port] = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? []
  return readSsh(text, { user, name: name ?? '', port })
}

interface SshParts {
  readonly user: string | undefined
  readonly name: string
  readonly port: string | undefined
}

function readSsh(text: string, { user, name, port }: SshParts): HostAddress | Refusal {
  // A leading "-" would be an option to ssh; the rest is what its configuration takes as an alias.
  const isUser = user === undefined || /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(user)
  const host = name.startsWith('[') ? readIpv6(name.slice(1, -1)) : name
  const isHost = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,252}$|^::/.test(host)
  const isPort = port === undefined || /^[1-9]\d{0,4}$/.test(port)
  const number = port === undefined ? undefined : Number(port)
  if (!isUser || !isHost || !isPort || (number ?? 0) > 65_535) return noHost(text)
  return { kind: 'ssh', user, name: host, port: number }
}

function readIpv6(text: string): string {
  const address = readAddress(text)
  return isRefusal(address) || !address.includes(':') ? '' : address
}

function noHost(text: string): Refusal {
  return {
    message: `${show(text)} is no host`,
    hint: 'write user@name, user@name:port, user@[IPv6 address], local or sandbox',
  }
}
