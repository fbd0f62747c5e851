import type { Listener } from './fleet.js'
import { isRefusal, type Refusal, show } from './refusal.js'

/** Reads an IPv4 or IPv6 address; IPv6 comes back in its one short form (RFC 5952). */
export function readAddress(text: string): string | Refusal {
  if (isIPv4(text)) return text
  if (isIPv6(text)) return shortest(text)
  return {
    message: `${show(text)} is no IP address`,
    hint: 'write an address such as 192.0.2.10 or 2001:db8::10, without a zone or a port',
  }
}

/** Reads where a listener listens. */
export function readBind(text: string): Listener['bind'] | Refusal {
  if (text === 'loopback' || text === 'everywhere') return text
  const address = readAddress(text)
  if (!isRefusal(address)) return { address }
  return {
    message: `${show(text)} is nothing to listen on`,
    hint: 'write loopback, everywhere, or one IP address of the host',
  }
}

/** Reads what a client may call a broker: a DNS name or an IP address. */
export function readHostName(text: string): string | Refusal {
  if (isIPv4(text) || isIPv6(text)) return readAddress(text)
  if (isDnsName(text)) return text.toLowerCase()
  return {
    message: `${show(text)} is neither a DNS name nor an IP address`,
    hint: 'write letters, digits, "-" and "." only (other scripts as xn--…, no wildcard, no underscore)',
  }
}

/** Reads a CIDR block, such as `192.0.2.0/24`, or one address, which becomes a block of one. */
export function readBlock(text: string): string | Refusal {
  const [address = '', prefix, ...more] = text.split('/')
  const read = readAddress(address)
  const bits = isIPv4(address) ? 32 : 128
  const length = prefix === undefined ? bits : readPrefix(prefix, bits)
  if (isRefusal(read) || length === undefined || more.length > 0) return notABlock(text)
  if (length === 0) return everywhere(text)
  const first = `${firstOfBlock(read, length)}/${String(length)}`
  if (first === `${read}/${String(length)}`) return first
  return {
    message: `CIDR block ${show(text)} begins in its middle`,
    hint: `the block is ${first}; one address is ${read}/${String(bits)}`,
  }
}

/** Whether an address lies in a CIDR block; both as `readAddress` and `readBlock` give them. */
export function isInBlock(address: string, block: string): boolean {
  const [first = '', length] = block.split('/')
  return isIPv4(address) === isIPv4(first) && firstOfBlock(address, Number(length)) === first
}

/** Whether only this machine reaches the address. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'))
}

// Not from node:net: it loads streams and sockets, and "bednet check" must start at once.
function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text)
}

/** Without a zone or brackets. */
function isIPv6(text: string): boolean {
  return /^[\da-f:.]*:[\da-f:.]*$/i.test(text) && URL.canParse(`http://[${text}]/`)
}

function isDnsName(text: string): boolean {
  const labels = text.split('.')
  const isLabel = (label: string) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label)
  // A last label of digits is a mistyped IPv4 address.
  return text.length <= 253 && labels.every(isLabel) && !/^\d+$/.test(labels.at(-1) ?? '')
}

function readPrefix(text: string, bits: number): number | undefined {
  const length = /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Infinity
  return length <= bits ? length : undefined
}

function firstOfBlock(address: string, length: number): string {
  const isShort = isIPv4(address)
  const width = isShort ? 32 : 128
  const drop = BigInt(width - length)
  const first = ((isShort ? ipv4Number(address) : ipv6Number(address)) >> drop) << drop
  return isShort ? ipv4Text(first) : ipv6Text(first)
}

function ipv4Number(address: string): bigint {
  return address.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n)
}

function ipv4Text(number: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => String((number >> shift) & 255n)).join('.')
}

/** Takes the shortest form, in which there is neither a dotted tail nor a second `::`. */
function ipv6Number(address: string): bigint {
  const [head = '', tail] = address.split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const zeros = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail)]
  return all.reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n)
}

function ipv6Text(number: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => (number >> BigInt(112 - 16 * i)) & 65_535n)
  return shortest(groups.map(group => group.toString(16)).join(':'))
}

function shortest(ipv6: string): string {
  return new URL(`http://[${ipv6}]/`).hostname.slice(1, -1)
}

function notABlock(text: string): Refusal {
  return {
    message: `${show(text)} is no CIDR block`,
    hint: 'write an address and the length of its prefix (192.0.2.0/24, 2001:db8::/32), or anywhere',
  }
}

function everywhere(text: string): Refusal {
  return {
    message: `CIDR block ${show(text)} is every address`,
    hint: 'write "from: anywhere", which covers IPv4 and IPv6',
  }
}
