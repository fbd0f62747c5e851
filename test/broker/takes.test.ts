import { describe, expect, test } from 'vitest'
import { desired, type Holdings } from '../../src/broker/desired.js'
import { makePlan } from '../../src/plan/plan.js'
import type { Content, ServiceAction } from '../../src/plan/resource.js'
import type { Fleet } from '../../src/profile/fleet.js'
import { quickstart } from '../operations/verify-fleets.js'
import { converged, generationOf } from '../plan/seen.js'
import { brokerOf, templates } from './small.js'

/**
 * What each kind of change takes on which Mosquitto: the whole way from a profile to the plan. The
 * versions differ where 2.0 leaves WebSockets to libwebsockets. test/lab/plan.lab.ts proves it.
 */
interface Row {
  readonly change: string
  readonly fleet?: (fleet: Fleet) => Fleet
  readonly holdings?: Partial<Holdings>
  readonly takes: ServiceAction
  readonly takesOn20?: ServiceAction
}

const text = (content: string): Content => ({ kind: 'text', text: `${content}\n` })
const sealed = (digit: string): Content => ({
  kind: 'sealed',
  name: 'x',
  sha256: digit.padEnd(64, '0'),
})
const held: Holdings = {
  authoritySha256: 'c0ffee'.padEnd(64, '0'),
  authority: text('authority'),
  revocationList: text('revocation list'),
  certificate: text('certificate'),
  key: sealed('a'),
  passwords: sealed('b'),
}
const limits = (more: Partial<Fleet['limits']>) => (fleet: Fleet) => ({
  ...fleet,
  limits: { ...fleet.limits, ...more },
})
const listeners = (change: (listener: Fleet['listeners'][number]) => object) => (fleet: Fleet) => ({
  ...fleet,
  listeners: fleet.listeners.map(each => ({ ...each, ...change(each) })),
})
const withoutWebSockets = (fleet: Fleet): Fleet => ({
  ...fleet,
  listeners: fleet.listeners.filter(({ protocol }) => protocol === 'mqtt'),
})

const rows: readonly Row[] = [
  { change: 'nothing', takes: 'nothing' },
  {
    change: 'the content of certificate and key',
    holdings: { certificate: text('another'), key: sealed('c') },
    takes: 'reload',
    takesOn20: 'restart',
  },
  {
    change: 'the key alone',
    holdings: { key: sealed('c') },
    takes: 'reload',
    takesOn20: 'restart',
  },
  { change: 'who is revoked', holdings: { revocationList: text('another') }, takes: 'reload' },
  // A CRL is there from day one, and so a bundle of CAs is read again too.
  { change: 'the bundle of authorities', holdings: { authority: text('both') }, takes: 'reload' },
  { change: 'a password', holdings: { passwords: sealed('c') }, takes: 'reload' },
  {
    change: 'the rights of a role',
    fleet: fleet => ({
      ...fleet,
      roles: fleet.roles.map(role => ({ ...role, publish: [...role.publish, 'more/%u'] })),
    }),
    takes: 'reload',
  },
  {
    change: 'who may come through the firewall',
    fleet: listeners(() => ({ sources: ['192.0.2.0/24'] })),
    takes: 'nothing',
  },
  {
    change: 'a path or port of a listener',
    fleet: listeners(({ port }) => ({ port: port + 1 })),
    takes: 'restart',
  },
  { change: 'a listener that is gone', fleet: withoutWebSockets, takes: 'restart' },
  {
    change: 'who is admitted by a listener',
    fleet: listeners(({ admit }) =>
      admit === 'certificate' ? { admit: 'certificate+password' } : {},
    ),
    takes: 'restart',
  },
  { change: 'how much is queued', fleet: limits({ maxQueuedMessages: 77 }), takes: 'restart' },
  { change: 'how much is in flight', fleet: limits({ maxInflightMessages: 7 }), takes: 'restart' },
  { change: 'how large a packet is', fleet: limits({ maxPacketBytes: 7_777 }), takes: 'restart' },
  { change: 'how many connect', fleet: limits({ maxConnections: 7 }), takes: 'restart' },
  {
    change: 'how long a session is kept',
    fleet: limits({ sessionExpiryDays: 7 }),
    takes: 'restart',
  },
  {
    change: 'whether messages outlive a restart',
    fleet: fleet => ({ ...fleet, persistence: !fleet.persistence }),
    takes: 'restart',
  },
]

describe.each(['2.0.11', '2.0.21', '2.0.22', '2.1.2'])('on Mosquitto %s', version => {
  const isOld = version.startsWith('2.0.')

  test.each(rows)('$change', ({ fleet = same, holdings = {}, takes, takesOn20 = takes }) => {
    expect(actionFor(quickstart, fleet, holdings)).toBe(isOld ? takesOn20 : takes)
  })

  test('without WebSockets, a certificate is reloaded on every one', () => {
    const holdings = { certificate: text('another'), key: sealed('c') }
    expect(actionFor(withoutWebSockets(quickstart), same, holdings)).toBe('reload')
  })

  function actionFor(before: Fleet, change: (fleet: Fleet) => Fleet, holdings: Partial<Holdings>) {
    const first = wanted(before, held)
    const listening = first.ports.map(port => ({ address: '0.0.0.0', port, program: 'mosquitto' }))
    const seen = {
      ...converged,
      machine: { ...converged.machine, listening },
      packages: { installed: first.packages, mosquitto: version },
      generation: { ...generationOf(first.files), authority: held.authoritySha256 },
    }
    expect(makePlan(first, seen).service.action).toBe('nothing')
    return makePlan(wanted(change(before), { ...held, ...holdings }), seen).service.action
  }

  function wanted(fleet: Fleet, holdings: Holdings) {
    const target = { folder: '/etc/mosquitto/bednet/current', ipv6Loopback: true }
    const broker = brokerOf(fleet)
    return desired(templates, { fleet, broker, holdings, target, version, services: 'systemd' })
  }
})

function same(fleet: Fleet): Fleet {
  return fleet
}
