import { describe, expect, test } from 'vitest'
import type { Expectation, Login } from '../../src/broker/expectation.js'
import { expectations, type Vantage } from '../../src/broker/expectations.js'
import type { Fleet } from '../../src/profile/fleet.js'
import { article, quickstart, sketch } from '../operations/verify-fleets.js'

const outside: Vantage = { from: 'outside', address: '198.51.100.7' }
const inside: Vantage = { from: 'outside', address: '192.0.2.77' }
const unknown: Vantage = { from: 'outside', address: undefined }

test.each<readonly [string, Fleet, Vantage]>([
  ['quickstart-sandbox', quickstart, { from: 'sandbox' }],
  ['quickstart-here', quickstart, { from: 'here' }],
  ['article-outside', article, outside],
  ['sketch-outside', sketch, outside],
  ['sketch-inside', sketch, inside],
])('what must hold: %s', async (name, fleet, vantage) => {
  const text = listed(fleet, vantage).map(line).join('')
  await expect(text).toMatchFileSnapshot(`expectations/${name}.txt`)
})

describe.each([quickstart, article, sketch])('every list', fleet => {
  const list = listed(fleet, outside)

  test('has each id once', () => {
    expect(new Set(list.map(({ id }) => id)).size).toBe(list.length)
  })

  test('connects canaries only', () => {
    const names = list
      .flatMap(({ check }) => logins(check))
      .flatMap(login => [
        login.certificate ?? 'bednet-canary-none',
        login.username ?? 'bednet-canary-none',
      ])
    expect(names.filter(name => !name.startsWith('bednet-canary-'))).toEqual([])
  })

  test('publishes only under a reserved name', () => {
    const topics = list.flatMap(({ check }) => ('topic' in check ? [check.topic] : []))
    expect(topics.filter(topic => !/bednet-(probe|canary)/.test(topic))).toEqual([])
  })
})

/** By what is known of the operator's address: the way there, and what the firewall's check is. */
test.each<{ where: string; vantage: Vantage; via: string; kind: string }>([
  { where: 'outside the sources', vantage: outside, via: 'forward', kind: 'closed' },
  { where: 'inside the sources', vantage: inside, via: 'direct', kind: 'untried' },
  { where: 'nobody knows where', vantage: unknown, via: 'forward', kind: 'untried' },
  { where: 'the host itself', vantage: { from: 'here' }, via: 'direct', kind: 'untried' },
  { where: 'a sandbox', vantage: { from: 'sandbox' }, via: 'direct', kind: 'untried' },
])('a listener for two networks, from $where', ({ vantage, via, kind }) => {
  const list = listed(sketch, vantage)
  expect(list.find(({ id }) => id === '8883/open')?.via).toBe(via)
  const closed = list.find(({ id }) => id === '8883/outside')
  expect(closed).toMatchObject({ via: 'direct', check: { kind } })
})

test.each([
  ['192.0.2.255', 'direct'],
  ['192.0.3.0', 'forward'],
  ['2001:db8:ffff::1', 'direct'],
  ['2001:db9::1', 'forward'],
])('an operator at %s goes %s', (address, via) => {
  const list = listed(sketch, { from: 'outside', address })
  expect(list.find(({ id }) => id === '8883/open')?.via).toBe(via)
})

test('an open port is no fault where the profile leaves the firewall off', () => {
  const list = listed({ ...sketch, enableFirewall: false }, outside)
  const check = list.find(({ id }) => id === '8883/outside')?.check
  expect(check).toEqual({ kind: 'closed', by: 'firewall', promised: false })
})

test.each([
  ['2.0.11', 'untried', 'openssl'],
  ['2.1.2', 'tls-refused', 'broker'],
])('WebSockets with certificates on Mosquitto %s', (version, revoked, stoppedBy) => {
  const listeners = quickstart.listeners.map(listener => ({
    ...listener,
    admit: 'certificate' as const,
  }))
  const list = listed({ ...quickstart, listeners }, outside, version)
  expect(list.find(({ id }) => id === '8884/client/revoked')?.check.kind).toBe(revoked)
  expect(list.find(({ id }) => id === '8884/tls-1.1')?.check).toMatchObject({ stoppedBy })
})

function listed(fleet: Fleet, vantage: Vantage, version = '2.0.11'): readonly Expectation[] {
  const [broker] = fleet.brokers
  if (broker === undefined) throw new Error('a fleet without a broker')
  return expectations({ fleet, broker, version, vantage })
}

function logins(check: Expectation['check']): readonly Login[] {
  return [...('as' in check ? [check.as] : []), ...('from' in check ? [check.from, check.to] : [])]
}

function line({ id, proves, via, check }: Expectation): string {
  const { kind, ...needs } = check
  return `${id}  (${via})\n  ${proves}\n  ${kind} ${JSON.stringify(needs)}\n`
}
