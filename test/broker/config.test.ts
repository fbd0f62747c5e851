import { describe, expect, test } from 'vitest'
import { renderConfiguration } from '../../src/broker/config.js'
import type { Fleet, Listener } from '../../src/profile/fleet.js'
import { article, quickstart, sketch } from '../operations/verify-fleets.js'
import { brokerOf, listener, templates } from './small.js'

const folder = '/etc/mosquitto/bednet/current'
const loopback = listener({
  port: 1883,
  bind: 'loopback',
  tls: false,
  admit: 'password',
  sources: 'nowhere',
})
const websockets = listener({ port: 8884, protocol: 'websockets', admit: 'password' })
const limits: Fleet['limits'] = {
  maxConnections: 500,
  maxPacketBytes: 65_536,
  maxQueuedMessages: 2_000,
  maxInflightMessages: 40,
  maxKeepaliveSeconds: 600,
  messageBytes: 32_768,
  sessionExpiryDays: 14,
}

const only = (...listeners: readonly Listener[]): Fleet => ({ ...quickstart, listeners })

/** Each shape of a listener, and whole profiles. */
const shapes: readonly { name: string; fleet: Fleet; ipv6Loopback?: boolean }[] = [
  { name: 'loopback-password', fleet: only(loopback) },
  { name: 'loopback-without-ipv6', fleet: only(loopback), ipv6Loopback: false },
  { name: 'certificate', fleet: only(listener({})) },
  { name: 'certificate-and-password', fleet: only(listener({ admit: 'certificate+password' })) },
  { name: 'password', fleet: only(listener({ admit: 'password' })) },
  { name: 'plaintext', fleet: only(listener({ port: 1884, tls: false, admit: 'password' })) },
  { name: 'one-address', fleet: only(listener({ bind: { address: '192.0.2.10' } })) },
  { name: 'one-ipv6-address', fleet: only(listener({ bind: { address: '2001:db8::10' } })) },
  { name: 'websockets', fleet: only(websockets) },
  { name: 'websockets-loopback', fleet: only({ ...websockets, bind: 'loopback', tls: false }) },
  { name: 'limits', fleet: { ...only(loopback, listener({})), limits, persistence: true } },
  { name: 'quickstart', fleet: quickstart },
  { name: 'article', fleet: { ...article, persistence: true } },
  { name: 'sketch', fleet: sketch },
]

test.each(shapes)('broker.conf: $name', async ({ name, fleet, ipv6Loopback = true }) => {
  const text = rendered(fleet, ipv6Loopback)
  await expect(text).toMatchFileSnapshot(`../golden/broker/conf-${name}.txt`)
})

describe.each(shapes)('$name', ({ fleet, ipv6Loopback = true }) => {
  const lines = rendered(fleet, ipv6Loopback)
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
  const [before = [], ...listeners] = parts(lines)

  test('repeats nothing that the packaged mosquitto.conf has, or that ends a broker', () => {
    const never =
      /^(pid_file|persistence_location|log_dest|include_dir|per_listener_settings|plugin)\b/
    expect(lines.filter(line => never.test(line))).toEqual([])
    for (const part of [before, ...listeners]) {
      const options = part.map(line => line.split(' ')[0])
      expect(new Set(options).size).toBe(options.length)
    }
  })

  test('lets nobody in without a name', () => {
    expect(before).toContain('allow_anonymous false')
    expect(before.filter(line => line.startsWith('acl_file '))).toHaveLength(1)
  })

  test('asks each listener for a certificate, or all of them for a password', () => {
    const isOpen = listeners.some(part => !part.includes('use_identity_as_username true'))
    expect(before.some(line => line.startsWith('password_file '))).toBe(isOpen)
  })

  test('has key, CA and CRL wherever it asks for certificates', () => {
    for (const part of listeners) {
      const has = (option: string): boolean => part.some(line => line.startsWith(`${option} `))
      expect(has('keyfile')).toBe(has('certfile'))
      expect(has('tls_version')).toBe(has('certfile'))
      expect(has('crlfile')).toBe(has('require_certificate'))
      expect(has('cafile')).toBe(has('require_certificate'))
      if (has('require_certificate')) expect(has('certfile')).toBe(true)
      if (has('use_identity_as_username')) expect(has('use_username_as_clientid')).toBe(true)
    }
  })
})

/** What stands before the first `listener` line, and what from each to the next. */
function parts(lines: readonly string[]): readonly (readonly string[])[] {
  return lines.reduce<readonly (readonly string[])[]>(
    (all, line) =>
      line.startsWith('listener ')
        ? [...all, [line]]
        : [...all.slice(0, -1), [...(all.at(-1) ?? []), line]],
    [[]],
  )
}

function rendered(fleet: Fleet, ipv6Loopback: boolean): string {
  const broker = brokerOf(fleet)
  return renderConfiguration(templates, { fleet, broker }, { folder, ipv6Loopback })
}
