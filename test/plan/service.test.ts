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
  ['broken', { running: false, enabled: true, hasFailed: true }],
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
    ['child', {}, { running: false, enabled: true }],
    // A number that is somebody else's by now; the broker itself is met in test/operations.
    ['child', { '/run/mosquitto.pid': alive }, { running: false, processId: undefined }],
    ['child', { '/run/mosquitto.pid': dead }, { running: false, processId: undefined }],
  ])('%s with %j', (services, files, expected) => {
    expect(asked(services, files)).toMatchObject(expected)
  })

  const runs = (...words: readonly string[]) => ({ '/proc/41/cmdline': `${words.join('\0')}\0` })
  test.each<readonly [string, Readonly<Record<string, string>>, Partial<ServiceSeen>]>([
    [
      'the service',
      runs('/usr/sbin/mosquitto', '-c', '/etc/mosquitto/mosquitto.conf'),
      { running: true, processId: 41 },
    ],
    [
      'another broker',
      runs('mosquitto', '-c', '/etc/mosquitto/mosquitto.conf.own'),
      { running: false },
    ],
    ['one that ended meanwhile', {}, { running: false, processId: undefined }],
  ])('a process of Mosquitto that is %s', (_, files, expected) => {
    const tools = { pidof: '41\n' }
    const answer = answerTo(serviceQuestion, { services: 'sysv', files, tools })
    expect(parseService(answer)).toMatchObject(expected)
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
  readonly silentPorts?: readonly number[]
  readonly isDrift?: true
}

/** Files that somebody wrote, as they should be, after the broker had loaded them. */
function touched(...names: readonly string[]): Partial<GenerationSeen> {
  const files = [...converged.generation.files].map(
    ([name, seen]) => [name, names.includes(name) ? { ...seen, isTouched: true } : seen] as const,
  )
  return { files: new Map(files) }
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
  {
    name: 'not running, and never was',
    service: stopped,
    generation: { current: undefined, loaded: undefined },
    action: 'restart',
    because: 'not running',
  },
  {
    name: 'not running after a switch that was cut off',
    service: stopped,
    generation: { loaded: undefined },
    action: 'restart',
    because: 'not running',
  },
  {
    name: 'stopped',
    service: stopped,
    action: 'restart',
    because: 'stopped on the host',
    isDrift: true,
  },
  {
    name: 'stopped, and the ACL',
    service: stopped,
    changed: ['acl'],
    action: 'restart',
    because: 'stopped on the host',
    isDrift: true,
  },
  {
    name: 'failed',
    service: { ...stopped, hasFailed: true },
    action: 'restart',
    because: 'it failed on the host',
    isDrift: true,
  },
  {
    name: 'a port that nobody listens on',
    silentPorts: [8883],
    action: 'restart',
    because: 'the running broker does not listen on port 8883',
    isDrift: true,
  },
  {
    name: 'a port that only the new configuration has',
    silentPorts: [8884],
    changed: ['broker.conf'],
    action: 'restart',
    because: startsOnly,
  },
  {
    name: 'an ACL that was written after it was loaded',
    generation: touched('acl'),
    action: 'reload',
    because:
      'acl was written on the host after the broker had loaded it: what it serves is not known',
    isDrift: true,
  },
  {
    name: 'that, and a configuration',
    generation: touched('acl', 'broker.conf'),
    action: 'restart',
    because:
      'broker.conf was written on the host after the broker had loaded it: what it serves is not known',
    isDrift: true,
  },
  { name: 'what nobody reads, written later', generation: touched('identity'), action: 'nothing' },
  {
    name: 'an edited ACL, which is replaced',
    generation: touched('acl'),
    changed: ['acl'],
    action: 'reload',
    because: 'acl is read again on reload',
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
  const difference = compareService(wanted.files, new Set(changed), {
    service,
    generation,
    silentPorts: more.silentPorts ?? [],
  })
  expect(difference.action).toBe(action)
  expect(difference.enable).toBe(false)
  const change = {
    resource: `service mosquitto (${action})`,
    action: 'update',
    because: more.because,
    ...(more.isDrift ? { isDrift: true } : {}),
  }
  expect(difference.changes).toEqual(action === 'nothing' ? [] : [change])
})

test('a broker that would not come back after a reboot is enabled', () => {
  const service = { ...running, enabled: false }
  const { generation } = converged
  expect(compareService(wanted.files, new Set(), { service, generation, silentPorts: [] })).toEqual(
    {
      changes: [
        {
          resource: 'service mosquitto (enable)',
          action: 'update',
          because: 'disabled on the host: does not start at boot',
          isDrift: true,
        },
      ],
      action: 'nothing',
      enable: true,
    },
  )
})
