import { isIP } from 'node:net'
import { BednetError } from '../error.js'

/** A label of RFC 1123, with the underscore that LAN names have; the first may be a `*`. */
const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/
const maxDnsLength = 253
/** ub-common-name, ub-organization-name and ub-organizational-unit-name of RFC 5280 appendix A. */
const maxPartLength = 64

/**
 * The one spelling of a DNS name or an IP address, so that equal names are equal strings:
 * lower case, IPv6 as a browser shows it, which is RFC 5952 without the dotted form.
 * @throws BednetError USAGE where it is neither, so that no client would ever match it
 */
export function canonicalName(name: string): string {
  if (isIP(name) === 4) return name
  // In hex also where it maps IPv4: @peculiar/x509 encodes ::ffff:192.0.2.1 as another address.
  if (isIP(name) === 6 && !name.includes('%')) {
    return new URL(`http://[${name}]`).hostname.slice(1, -1)
  }
  const lower = name.toLowerCase()
  if (isDnsName(lower)) return lower
  throw new BednetError('USAGE', `"${name}" is neither a DNS name nor an IP address`, {
    hint: 'write mqtt.example.org, 192.0.2.10 or 2001:db8::1; names beyond ASCII as xn--…',
  })
}

/** How an address of 4 or 16 bytes is written; undefined for any other number of bytes. */
export function addressOf(bytes: Buffer): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return undefined
  return canonicalName(bytes.toString('hex').replaceAll(/(....)(?=.)/g, '$1:'))
}

/** The 4 or 16 bytes of an address in its one spelling; undefined where the name is none. */
export function addressBytes(name: string): Buffer | undefined {
  if (isIP(name) === 4) return Buffer.from(name.split('.').map(Number))
  if (isIP(name) !== 6) return undefined
  const [before = '', after] = name.split('::')
  const groups = (text = ''): readonly string[] => (text === '' ? [] : text.split(':'))
  const missing = 8 - groups(before).length - groups(after).length
  const zeros = after === undefined ? [] : Array<string>(missing).fill('0')
  const all = [...groups(before), ...zeros, ...groups(after)]
  return Buffer.from(all.map(group => group.padStart(4, '0')).join(''), 'hex')
}

/**
 * Refuses what cannot stand in a distinguished name, or what would be read differently by others:
 * nothing, control characters, more than 64 characters.
 * @throws BednetError USAGE
 */
export function refuseBadPart(what: string, value: string): void {
  if (/^[^\p{Cc}]+$/u.test(value) && value.length <= maxPartLength) return
  throw new BednetError('USAGE', `${what} ${JSON.stringify(value)} cannot stand in a certificate`, {
    hint: `use 1 to ${String(maxPartLength)} characters and no control character`,
  })
}

function isDnsName(name: string): boolean {
  const labels = name.replace(/^\*\.(?=.)/, '').split('.')
  // No top-level domain is a number, so 192.0.2.300 is a mistyped address.
  const looksLikeAddress = /^\d+$/.test(labels.at(-1) ?? '')
  return name.length <= maxDnsLength && !looksLikeAddress && labels.every(part => label.test(part))
}
