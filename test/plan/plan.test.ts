import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FirewallSeen } from '../../src/plan/firewall.js'
import { sha256 } from '../../src/plan/generation.js'
import { makePlan, parseAnswers, questions, type Observed } from '../../src/plan/plan.js'
import { noRecord } from '../../src/plan/record.js'
import type { Desired } from '../../src/plan/resource.js'
import { answerTo, recorded } from './answer.js'
import { allowed, obeyed } from './obeyed.js'
import { bare, converged, textFile, upstream, wanted } from './seen.js'

test('a host that is as it should be: nothing to do', () => {
  const { changes, conflicts, notes, install, generation, firewall, service } = makePlan(
    wanted,
    converged,
  )
  expect({ changes, conflicts, notes, install }).toEqual({
    changes: [],
    conflicts: [],
    notes: [],
    install: [],
  })
  expect(generation).toBeUndefined()
  expect(firewall).toEqual({ commands: [], enable: false, opens: [], closes: [] })
  expect(service).toEqual({ action: 'nothing', enable: false })
})

test('a bare host: everything, in the order of the kinds', async () => {
  const text = `${JSON.stringify(makePlan(wanted, bare), undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot('../golden/plan/bare.json')
})

interface Case {
  readonly name: string
  readonly desired?: Partial<Desired>
  readonly observed?: Partial<Observed>
  readonly changes: readonly string[]
  readonly notes?: readonly string[]
}

const files = (...different: Desired['files']): Partial<Desired> => ({
  files: wanted.files.map(file => different.find(({ name }) => name === file.name) ?? file),
})
const newAcl = files(textFile('acl', 'user b\n', { owner: 'mosquitto', mode: 0o600 }))
const newConfiguration = files(textFile('broker.conf', 'listener 8884\n', { loadedBy: 'restart' }))
const disturbed = 'the restart ends every session; durable sessions and their queues come back'
const unqueued =
  '1 name has rights of their own: offline durable sessions under them stop queueing with the reload until they reconnect (Mosquitto 2.0; how many are offline only its memory knows)'
const stopped = { running: false, enabled: true, processId: undefined }

const cases: readonly Case[] = [
  {
    name: 'another ACL is reloaded',
    desired: newAcl,
    changes: ['file acl', 'service mosquitto (reload)'],
    notes: [unqueued],
  },
  {
    name: 'a program of another source is built, and nothing serves it before a restart',
    desired: { source: 'a'.repeat(64) },
    observed: { packages: { ...converged.packages, source: 'b'.repeat(64) } },
    changes: ['program mosquitto from source aaaaaaaaaaaaaaaa…', 'service mosquitto (restart)'],
    notes: [disturbed],
  },
  {
    name: 'a program that was built goes where the package is wanted',
    desired: {},
    observed: {
      packages: { ...converged.packages, source: 'b'.repeat(64), candidate: '2.1.2' },
    },
    changes: ['program mosquitto from source bbbbbbbbbbbbbbbb…', 'service mosquitto (restart)'],
    notes: [disturbed],
  },
  {
    name: 'Mosquitto comes from an archive that apt has not known',
    desired: { archive: upstream },
    observed: {},
    changes: [
      'archive https://upstream.test/debian bookworm',
      'package mosquitto',
      'service mosquitto (restart)',
    ],
    notes: [disturbed],
  },
  {
    name: 'an upgrade to 2.1 that apt has at hand is warned of',
    observed: { packages: { ...converged.packages, candidate: '2.1.2' } },
    changes: [],
    notes: [expect.stringMatching(/"apt upgrade" .* 2\.0\.11 to 2\.1\.2: packets above 2 MB/)],
  },
  {
    name: 'Mosquitto 2.1 goes on queueing over a reload',
    desired: newAcl,
    observed: { packages: { ...converged.packages, mosquitto: '2.1.2' } },
    changes: ['file acl', 'service mosquitto (reload)'],
  },
  {
    name: 'a user whose password is another is told of',
    desired: { files: [...wanted.files, textFile('passwords', 'b:$7$', { mode: 0o600 })] },
    observed: { packages: { ...converged.packages, mosquitto: '2.1.2' } },
    changes: ['file passwords', 'service mosquitto (reload)'],
    notes: ['the reload disconnects users who were removed or whose password is another'],
  },
  {
    name: 'another configuration takes a restart, which somebody should know of',
    desired: newConfiguration,
    changes: ['file broker.conf', 'service mosquitto (restart)'],
    notes: [disturbed],
  },
  {
    name: 'a restart of what does not run disturbs nobody',
    desired: newConfiguration,
    observed: { service: stopped },
    changes: ['file broker.conf', 'service mosquitto (restart)'],
  },
  {
    name: 'a package',
    desired: { packages: [...wanted.packages, 'ufw'] },
    changes: ['package ufw'],
  },
  {
    name: 'a firewall rule',
    desired: { firewall: { enable: true, rules: [{ port: 8883, from: '192.0.2.0/24' }] } },
    changes: ['firewall 8883/tcp from 192.0.2.0/24', 'firewall 8883/tcp from any'],
  },
  {
    name: 'a link that is gone',
    observed: { generation: { ...converged.generation, linked: false } },
    changes: ['file conf.d/00-bednet.conf', 'service mosquitto (restart)'],
    notes: [disturbed],
  },
  {
    name: 'a switch that was never loaded',
    observed: { generation: { ...converged.generation, loaded: 3 } },
    changes: ['service mosquitto (restart)'],
    notes: [disturbed],
  },
]

test.each(cases)('$name', ({ desired = {}, observed = {}, changes, notes = [] }) => {
  const plan = makePlan({ ...wanted, ...desired }, { ...converged, ...observed })
  expect(plan.changes.map(({ resource }) => resource)).toEqual(changes)
  expect(plan.notes).toEqual(notes)
  const newFiles = changes.some(each => each.startsWith('file '))
  expect(plan.generation?.number).toBe(newFiles ? 5 : undefined)
})

describe('who is connected', () => {
  const connected = new Map([
    [22, 1],
    [8883, 3],
    [1883, 2],
  ])
  const listening = [
    ...converged.machine.listening,
    { address: '127.0.0.1', port: 1883, program: 'mosquitto' },
  ]
  const machine = { ...converged.machine, connected, listening }
  const seen = { ...converged, machine }

  test.each([
    ['a restart', newConfiguration, 'end'],
    ['a reload', newAcl, 'stay'],
    ['no change', {}, 'stay'],
  ])('is told by port, for %s', (_, desired, fate) => {
    // Theirs as well as ours: one broker serves both.
    expect(makePlan({ ...wanted, ...desired }, seen).sessions).toEqual([
      { port: 1883, connected: 2, fate },
      { port: 8883, connected: 3, fate },
    ])
  })

  test('is nobody where no broker runs', () => {
    expect(makePlan(wanted, { ...seen, service: stopped }).sessions).toEqual([])
  })
})

test('a new generation has a number that no folder has', () => {
  const generation = { ...converged.generation, newest: 7 }
  const plan = makePlan({ ...wanted, ...newAcl }, { ...converged, generation })
  expect(plan.generation?.number).toBe(8)
})

const oldCopy = 'it is an old copy, and whoever was revoked since would get in again'

const listsSeen = [
  { is: 'had an older list than ours', number: 4, text: 'list 4', message: [] },
  { is: 'has ours', number: 5, text: 'list 5', message: [] },
  { is: 'has none on record', number: undefined, text: 'list 6', message: [] },
  {
    ...{ is: 'has a newer one', number: 6, text: 'list 6' },
    message: [`the host has had revocation list 6, and this vault's is 5: ${oldCopy}`],
  },
  {
    ...{ is: 'has another one of that number', number: 5, text: 'another list 5' },
    message: [
      `the host has had revocation list 5, and this vault's is another one of that number: ${oldCopy}`,
    ],
  },
]

describe('whose host it is', () => {
  const at = 'broker "hub"'
  const another = 'f00d'.padEnd(64, '0')

  test.each<readonly [string, Partial<Desired>, string | undefined]>([
    ['ours', {}, undefined],
    ['of another site', { site: 'shed' }, 'the host belongs to site "greenhouse", not to "shed"'],
    [
      'of another authority',
      { authority: another },
      'the host trusts authority c0ffee0000000000…, and this vault has f00d000000000000…: every device issued by the other would be locked out',
    ],
    [
      'of an authority, and the vault has none',
      { authority: undefined },
      'the host trusts authority c0ffee0000000000…, and this vault has no authority yet: every device issued by the other would be locked out',
    ],
  ])('%s', (_, desired, message) => {
    const { conflicts } = makePlan({ ...wanted, ...desired }, converged)
    const found = conflicts.map(conflict => [conflict.at, conflict.message])
    expect(found).toEqual(message === undefined ? [] : [[at, message]])
  })

  test.each(listsSeen)('it $is', ({ number, text, message }) => {
    const crl = { mode: 0o640, owner: 'root:mosquitto', sha256: sha256(text) }
    const record = { ...noRecord, revocationList: number, files: new Map([['crl.pem', crl]]) }
    const files = [...wanted.files, textFile('crl.pem', 'list 5')]
    const { conflicts } = makePlan(
      { ...wanted, files, revocationList: 5 },
      { ...converged, generation: { ...converged.generation, record } },
    )
    expect(conflicts.map(conflict => conflict.message)).toEqual(message)
  })

  test.each(['site', 'authority'])('nobody has said, for want of its %s', key => {
    const generation = { ...converged.generation, [key]: undefined }
    const desired = { ...wanted, site: 'shed', authority: another }
    expect(makePlan(desired, { ...converged, generation }).conflicts).toEqual([])
  })
})

test('foreign lines and foreign listeners are conflicts', () => {
  const foreign = [
    ...converged.foreign,
    { file: 'x.conf', line: 1, option: 'listener', value: '8883' },
  ]
  const listening = [{ address: '0.0.0.0', port: 8883, program: 'nginx' }]
  const machine = { ...converged.machine, listening }
  const { conflicts } = makePlan(wanted, { ...converged, foreign, machine })
  expect(conflicts.map(({ at }) => at)).toEqual(['x.conf:1', '0.0.0.0:8883'])
})

test('all questions are asked, and their answers read', () => {
  const tools = {
    ufw: '',
    systemctl: recorded('trixie', 'systemctl-show-running'),
    ss: recorded('trixie', 'ss-listeners'),
    mosquitto: recorded('trixie', 'mosquitto-version'),
    'dpkg-query': 'installed openssl installed 3.5\n',
    hostname: '192.0.2.10\n',
  }
  const scene = {
    tools,
    files: {
      '/etc/os-release': recorded('trixie', 'os-release'),
      '/etc/mosquitto/mosquitto.conf': recorded('trixie', 'mosquitto-conf'),
    },
  }
  const answers = Object.entries(questions(['openssl'])).map(([name, question]) => [
    name,
    answerTo(question, scene),
  ])
  const observed = parseAnswers(Object.fromEntries(answers) as Parameters<typeof parseAnswers>[0])
  expect(observed).toMatchObject({
    machine: { system: 'debian 13' },
    packages: { installed: ['openssl'], mosquitto: '2.0.21' },
    generation: { current: undefined },
    firewall: { installed: true, active: false },
    service: { running: true },
  })
  expect(observed.foreign).toHaveLength(4)
})

/** Ways a host can differ; any of them together must be mended by one plan. */
const disturbances: readonly ((seen: Observed) => Observed)[] = [
  seen => ({ ...seen, packages: { ...seen.packages, installed: [] } }),
  seen => ({ ...seen, service: { ...seen.service, enabled: false } }),
  seen => ({ ...seen, service: stopped }),
  seen => ({ ...seen, firewall: { ...seen.firewall, rules: [] } }),
  seen => ({ ...seen, firewall: { ...seen.firewall, active: false } }),
  seen => ({ ...seen, firewall: { installed: false, active: false, rules: [] } }),
  seen => ({ ...seen, firewall: withOwnRule(seen.firewall, '9999') }),
  seen => ({ ...seen, generation: { ...seen.generation, files: new Map() } }),
  seen => ({ ...seen, generation: { ...seen.generation, loaded: undefined } }),
  seen => ({ ...seen, generation: { ...seen.generation, linked: false } }),
  seen => ({ ...seen, generation: bare.generation }),
  seen => ({ ...seen, packages: { ...seen.packages, source: 'b'.repeat(64) } }),
  seen => ({ ...seen, archive: { ...seen.archive, source: 'deb [] file:/old trixie main\n' } }),
]

/** Ways for Mosquitto to come onto a host. */
const ways: readonly Partial<Desired>[] = [{}, { source: 'a'.repeat(64) }, { archive: upstream }]

test('what one plan has done, the next need not do', () => {
  const some = fc.subarray([...disturbances])
  const narrow = fc.boolean()
  fc.assert(
    fc.property(some, narrow, fc.constantFrom(...ways), (chosen, isNarrow, way) => {
      const rules = [{ port: 8883, from: isNarrow ? '192.0.2.0/24' : 'any' }]
      const desired = { ...wanted, ...way, firewall: { enable: true, rules } }
      const seen = chosen.reduce((host, disturb) => disturb(host), converged)
      const plan = makePlan(desired, seen)
      expect(makePlan(desired, obeyed(plan, seen)).changes).toEqual([])
    }),
  )
})

function withOwnRule(seen: FirewallSeen, port: string): FirewallSeen {
  return { ...seen, rules: [...seen.rules, { ...allowed, port, from: 'any', version: 4 }] }
}
