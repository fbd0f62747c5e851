import { describe, expect, test } from 'vitest'
import {
  compareService,
  parseService,
  serviceQuestion,
  type ServiceSeen,
} from '../../src/plan/service.js'
import type { GenerationSeen } from '../../src/plan/generation.js'
import { answerTo, recorded, releases, type Release } from './answer.js'
import { converged, wanted } from './seen.js'

const systemd: readonly (readonly [string, Omit<ServiceSeen, 'processId'>])[] = [
  ['before', { running: false, enabled: false }],
  ['running', { running: true, enabled: true }],
  ['stopped', { running: false, enabled: true }],
  ['broken', { running: false, enabled: true }],
]

describe.each(releases)('systemctl on %s', release => {
  const seen = (state: string) =>
    parseService(
      answerTo(serviceQuestion, {
        tools: { systemctl: recorded(release, `systemctl-show-${state}`) },
      }),
    )

  test.each(systemd)('%s', (state, expected) => {
    const { processId, ...rest } = seen(state)
    expect(rest).toEqual(expected)
    expect(processId !== undefined).toBe(expected.running)
  })
})

/** At once after the installation forky's broker has failed to start, and will be tried again. */
test.each<readonly [Release, ServiceSeen]>([
  ['bookworm', { running: true, enabled: true, processId: 537 }],
  ['forky', { running: false, enabled: true, processId: undefined }],
])('just installed on %s', (release, expected) => {
  expect(parseService(recorded(release, 'systemctl-show-installed'))).toEqual(expected)
})

describe('without systemd', () => {
  const asked = (services: 'sysv' | 'child', files: Readonly<Record<string, string>>) =>
    parseService(answerTo(serviceQuestion, { services, files }))
  const alive = String(process.pid)
  // Higher than the kernel counts.
  const dead = '99999999'
  const script = { '/etc/rc2.d/S01mosquitto': '' }

  test.each<readonly ['sysv' | 'child', Readonly<Record<string, string>>, Partial<ServiceSeen>]>([
    ['sysv', {}, { running: false, enabled: false }],
    ['sysv', script, { running: false, enabled: true }],
    [
      'sysv',
      { '/run/mosquitto/mosquitto.pid': alive, ...script },
      { running: true, enabled: true },
    ],
    [
      'sysv',
      { '/run/mosquitto/mosquitto.pid': dead, ...script },
      { running: false, enabled: true },
    ],
    ['child', {}, { running: false, enabled: true }],
    // A number that is somebody else's by now; the broker itself is met in test/operations.
    ['child', { '/run/mosquitto.pid': alive }, { running: false, processId: undefined }],
    ['child', { '/run/mosquitto.pid': dead }, { running: false, processId: undefined }],
  ])('%s with %j', (services, files, expected) => {
    expect(asked(services, files)).toMatchObject(expected)
  })
})

const running: ServiceSeen = { running: true, enabled: true, processId: 537 }
const stopped: ServiceSeen = { running: false, enabled: true, processId: undefined }
const unloaded = 'the running broker has not loaded the current generation'
const unlinked = 'what runs was started without the current generation'
const startsOnly = 'Mosquitto reads broker.conf only when it starts'

interface Case {
  readonly name: string
  readonly changed?: readonly string[]
  readonly service?: ServiceSeen
  readonly generation?: Partial<GenerationSeen>
  readonly action: string
  readonly because?: string
}

const cases: readonly Case[] = [
  { name: 'nothing changed', action: 'nothing' },
  { name: 'what nobody reads', changed: ['identity'], action: 'nothing' },
  { name: 'a file that is gone', changed: ['crl.pem'], action: 'nothing' },
  {
    name: 'the ACL',
    changed: ['acl'],
    action: 'reload',
    because: 'acl is read again on reload',
  },
  { name: 'the configuration', changed: ['broker.conf'], action: 'restart', because: startsOnly },
  {
    name: 'the ACL and the configuration',
    changed: ['acl', 'broker.conf'],
    action: 'restart',
    because: startsOnly,
  },
  { name: 'not running', service: stopped, action: 'restart', because: 'not running' },
  {
    name: 'not running, and the ACL',
    service: stopped,
    changed: ['acl'],
    action: 'restart',
    because: 'not running',
  },
  { name: 'no stamp', generation: { loaded: undefined }, action: 'restart', because: unloaded },
  { name: 'an old stamp', generation: { loaded: 3 }, action: 'restart', because: unloaded },
  {
    name: 'an old stamp, and the ACL',
    generation: { loaded: 3 },
    changed: ['acl'],
    action: 'restart',
    because: unloaded,
  },
  { name: 'no link to it', generation: { linked: false }, action: 'restart', because: unlinked },
  {
    name: 'the first generation, beside a broker that runs',
    generation: { current: undefined, loaded: undefined, linked: false },
    changed: ['broker.conf', 'acl'],
    action: 'restart',
    because: startsOnly,
  },
]

test.each(cases)('$name: $action', ({ changed = [], service = running, action, ...more }) => {
  const generation = { ...converged.generation, ...more.generation }
  const difference = compareService(wanted.files, new Set(changed), { service, generation })
  expect(difference.action).toBe(action)
  expect(difference.enable).toBe(false)
  const change = {
    resource: `service mosquitto (${action})`,
    action: 'update',
    because: more.because,
  }
  expect(difference.changes).toEqual(action === 'nothing' ? [] : [change])
})

test('a broker that would not come back after a reboot is enabled', () => {
  const service = { ...running, enabled: false }
  const { generation } = converged
  expect(compareService(wanted.files, new Set(), { service, generation })).toEqual({
    changes: [
      {
        resource: 'service mosquitto (enable)',
        action: 'update',
        because: 'does not start at boot',
      },
    ],
    action: 'nothing',
    enable: true,
  })
})
