import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

import { matchesPattern } from './ssh-pattern.js'

/** One line of a known_hosts file. */
export interface KnownHost {
  /** `file:line`, for messages. */
  readonly at: string
  readonly marker: 'none' | 'revoked' | 'cert-authority'
  /** Comma-separated patterns, or one hashed name, as written. */
  readonly names: string
  readonly keyType: string
  readonly key: Buffer
}

/** What known_hosts says of the key that a host has shown. */
export type HostKeyVerdict =
  | { readonly kind: 'trusted' }
  /** `authorities`: lines that name the host but vouch only for certificates, which ssh2 has none of. */
  | { readonly kind: 'unknown'; readonly authorities: readonly KnownHost[] }
  | { readonly kind: 'changed'; readonly known: KnownHost }
  | { readonly kind: 'revoked'; readonly known: KnownHost }

/** Reads a known_hosts file; lines that no key can be read from are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, `${file}:${String(index + 1)}`))
}

/** A host's name as known_hosts spells it: the port shows only where it is not 22. */
export function knownHostName(name: string, port: number): string {
  const plain = name.toLowerCase()
  return port === defaultPort ? plain : `[${plain}]:${String(port)}`
}

/** What the lines of all files say of `key`, shown by the host called `name`. */
export function judgeHostKey(
  known: readonly KnownHost[],
  name: string,
  key: Buffer,
): HostKeyVerdict {
  const lines = known.filter(line => namesHost(line.names, name))
  const revoked = lines.find(line => line.marker === 'revoked' && line.key.equals(key))
  if (revoked !== undefined) return { kind: 'revoked', known: revoked }
  const vouching = lines.filter(line => line.marker === 'none')
  if (vouching.some(line => line.key.equals(key))) return { kind: 'trusted' }
  const changed =
    vouching.find(line => line.keyType === hostKeyType(key)) ??
    // Known types are offered first, so a host that shows another type no longer has a known key.
    vouching.find(line => offeredTypes.includes(line.keyType))
  if (changed !== undefined) return { kind: 'changed', known: changed }
  return { kind: 'unknown', authorities: lines.filter(line => line.marker === 'cert-authority') }
}

/** Key types to accept from this host, those that known_hosts has first: else it looks unknown. */
export function hostKeyTypes(known: readonly KnownHost[], name: string): readonly string[] {
  const held = new Set(
    known.filter(line => line.marker === 'none' && namesHost(line.names, name)).map(typeOf),
  )
  return [...offeredTypes].sort((a, b) => Number(held.has(b)) - Number(held.has(a)))
}

/** `SHA256:…`, as `ssh-keygen -l` and ssh's own question show it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type at the head of a public key in SSH's wire form; empty where there is none. */
export function hostKeyType(key: Buffer): string {
  if (key.length < lengthBytes) return ''
  return key.subarray(lengthBytes, lengthBytes + key.readUInt32BE(0)).toString('latin1')
}

/** A line that makes `key` known; with `salt` the host's name is hashed (`HashKnownHosts yes`). */
export function knownHostLine(name: string, key: Buffer, salt?: Buffer): string {
  const names =
    salt === undefined
      ? name
      : `|1|${salt.toString('base64')}|${nameDigest(name, salt).toString('base64')}`
  return `${names} ${hostKeyType(key)} ${key.toString('base64')}\n`
}

const defaultPort = 22
/** SSH puts a string's length before it, as 32 bits. */
const lengthBytes = 4

/** What ssh2 can check, best first. SHA-1 signatures of RSA keys are left out, as in ssh itself. */
const offeredTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
]

function parseLine(line: string, at: string): KnownHost[] {
  const words = line.trim().split(/\s+/)
  const marker = markers.find(each => words[0] === `@${each}`)
  const [names, keyType, encoded] = marker === undefined ? words : words.slice(1)
  if (names === undefined || keyType === undefined || encoded === undefined) return []
  if (names.startsWith('#') || names.startsWith('@')) return []
  const key = Buffer.from(encoded, 'base64')
  // A key says its own type; where the two differ the line is torn or not of this format.
  if (hostKeyType(key) !== keyType) return []
  return [{ at, marker: marker ?? 'none', names, keyType, key }]
}

const markers = ['revoked', 'cert-authority'] as const

function namesHost(names: string, host: string): boolean {
  if (names.startsWith('|')) return isHashOf(names, host)
  const patterns = names.toLowerCase().split(',')
  const denied = patterns.some(each => each.startsWith('!') && matchesPattern(each.slice(1), host))
  return !denied && patterns.some(each => !each.startsWith('!') && matchesPattern(each, host))
}

/** `|1|salt|digest`: which host it is can be checked but not read. */
function isHashOf(names: string, host: string): boolean {
  const [, version, salt, digest] = names.split('|')
  if (version !== '1' || salt === undefined || digest === undefined) return false
  const held = Buffer.from(digest, 'base64')
  const wanted = nameDigest(host, Buffer.from(salt, 'base64'))
  return held.length === wanted.length && timingSafeEqual(held, wanted)
}

function nameDigest(host: string, salt: Buffer): Buffer {
  return createHmac('sha1', salt).update(host).digest()
}

function typeOf(line: KnownHost): string {
  return line.keyType
}
