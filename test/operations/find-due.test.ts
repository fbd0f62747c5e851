import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { issueDue } from '../../src/operations/issue.js'
import type { World } from '../../src/world.js'
import {
  dueIn,
  issueAll,
  lines,
  plantAuthority,
  plantedPassword,
  profile,
  projectOf,
  recordingWorld,
  reissue,
  revocation,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'
import { inDays } from './today.js'

let stocked: MemoryVault
beforeAll(async () => {
  stocked = await stockedVault()
})

const certificates = [
  'broker hub',
  'canary bednet-canary-sensor',
  'canary bednet-canary-viewer',
  'canary bednet-canary-peer',
  'canary bednet-canary-revoked',
  'canary bednet-canary-expired',
  'canary bednet-canary-not-yet-valid',
  'device esp32-1',
  'device esp32-2',
]
const passwords = [
  'password dashboard',
  ...certificates.slice(1, 7).map(each => each.replace('canary', 'password')),
]

test('of an empty vault all is due', async () => {
  const due = await dueIn({ project: projectOf(), vault: memoryVault() })
  expect(lines(due)).toEqual(
    ['authority greenhouse CA', ...certificates, ...passwords, 'revocation-list crl.pem'].map(
      each => `${each}: there is none yet`,
    ),
  )
})

test('of a vault that has all nothing is, and nothing is written to find that', async () => {
  const vault = stocked.copy()
  expect(await dueIn({ project: projectOf(), vault })).toEqual([])
  expect([...vault.files]).toEqual([...stocked.files])
  expect(vault.lines).toEqual(stocked.lines)
})

test('what comes in the place of another says of which serial', async () => {
  const vault = stocked.copy()
  const edited = profile
    .replace('[192.0.2.10]', '[192.0.2.10, hub.local]')
    .replace('{1..2}', '{1..3}')
  const due = await dueIn({ project: projectOf(edited), vault })
  const [serial = ''] = serialsOf(vault, 'hub')
  expect(due.map(({ name, replaces }) => [name, replaces])).toEqual([
    ['hub', serial.toUpperCase()],
    ['esp32-3', undefined],
  ])
})

interface Case {
  /** What is put into the profile in the place of what. */
  readonly edit?: readonly [string, string]
  /** What is done to the vault. */
  readonly damage?: (vault: MemoryVault) => void
  readonly after?: number
  readonly environment?: World['environment']
}

const hub = 'host: ubuntu@mqtt.example.org'
const sensors = 'names: "esp32-{1..2}"'
const withPasswords = / {2}- { port: 1883[^]*(?=devices:)/.exec(profile)?.[0] ?? ''
const withoutPasswords = '  - { port: 8883, admit: certificate }\n'

const cases: readonly (readonly [string, Case, readonly string[]])[] = [
  [
    'a name added to a broker',
    { edit: ['[192.0.2.10]', '[192.0.2.10, hub.local]'] },
    ['broker hub: lacks hub.local'],
  ],
  [
    'a name taken from a broker',
    { edit: [', names: [192.0.2.10]', ''] },
    ['broker hub: still has 192.0.2.10'],
  ],
  [
    'another common name',
    { edit: [hub, `${hub}, commonName: hub.example.org`] },
    ['broker hub: is for "mqtt.example.org", not for "hub.example.org"'],
  ],
  [
    'another key for a broker',
    { edit: [hub, `${hub}, key: p384`] },
    ['broker hub: its key is p256, not p384'],
  ],
  [
    'another lifetime for devices',
    { edit: [sensors, `${sensors}, lifetime: 30d`] },
    ['device esp32-1', 'device esp32-2'].map(each => `${each}: is valid for 366 days, not for 30`),
  ],
  ['a broker with more than a third of its life', { after: 59 }, []],
  ['a broker with less', { after: 60 }, ['broker hub: expires in 30 days']],
  ['a broker that has ended', { after: 91 }, ['broker hub: expired on 2026-05-30T12:00:00.000Z']],
  ['a device more', { edit: ['{1..2}', '{1..3}'] }, ['device esp32-3: there is none yet']],
  [
    'a role more: its canary',
    { edit: ['  viewer: {', '  pump: { publish: [pumps/%u/state] }\n  viewer: {'] },
    [
      'canary bednet-canary-pump: there is none yet',
      'password bednet-canary-pump: there is none yet',
    ],
  ],
  [
    'a user more',
    { edit: ['users:\n', 'users:\n  display: { role: viewer }\n'] },
    ['password display: there is none yet'],
  ],
  // Canaries end with the authority, which stays as it was made.
  [
    'another lifetime for the authority',
    { edit: ['generated }', 'generated, lifetime: 5y }'] },
    [],
  ],
  [
    'no listener that takes passwords',
    { edit: [withPasswords, withoutPasswords], damage: lose(/hash$/) },
    [],
  ],
  [
    'a hash that is lost',
    { damage: lose(/dashboard\/hash/) },
    ['password dashboard: there is none yet'],
  ],
  [
    'the password of a canary that is lost, and its hash is there',
    { damage: lose(/peer\/password/) },
    ['password bednet-canary-peer: there is none yet'],
  ],
  [
    'the key of a broker that is lost, and its certificate is there',
    { damage: lose(/broker.key/) },
    ['broker hub: its key is not in the vault'],
  ],
  [
    'the key of a canary that is lost',
    { damage: lose(/peer\/client.key/) },
    ['canary bednet-canary-peer: its key is not in the vault'],
  ],
  // Handed over and taken out, as it should be.
  ['the key of a device that is not in the vault', { damage: lose(/esp32-1\/client.key/) }, []],
  [
    'a revocation list that is lost',
    { damage: lose(/crl.pem/) },
    ['revocation-list crl.pem: there is none yet'],
  ],
  [
    'another password in the environment',
    { environment: { DASHBOARD_PASSWORD: 'another' } },
    ['password dashboard: the password is another one now'],
  ],
  ['no password in the environment', { environment: {} }, []],
  [
    'a password that is to be drawn from now on',
    { edit: ['{ env: DASHBOARD_PASSWORD }', 'generated'] },
    ['password dashboard: there is none yet'],
  ],
  [
    'a password that a person is asked for',
    { edit: ['{ env: DASHBOARD_PASSWORD }', 'prompt'] },
    [],
  ],
]

test.each(cases)('%s', async (_what, { edit, damage, after, environment }, expected) => {
  const vault = stocked.copy()
  damage?.(vault)
  const [from, to] = edit ?? ['', '']
  expect(profile).toContain(from)
  const world = recordingWorld({ now: () => inDays(after ?? 0), environment: environment ?? {} })
  const due = await dueIn({ project: projectOf(profile.replace(from, to)), vault, world })
  expect(lines(due)).toEqual(expected)
})

test('another authority: all that it has not issued', async () => {
  const vault = stocked.copy()
  await plantAuthority(vault, projectOf())
  const subject = 'O=greenhouse, OU=authority generation 1, CN=greenhouse CA'
  const reasons = certificates.map(each =>
    /revoked|expired|not-yet/.test(each)
      ? `${each}: issued by another authority`
      : `${each}: issued by "${subject}", not by the current authority "${subject}"`,
  )
  expect(lines(await dueIn({ project: projectOf(), vault }))).toEqual([
    ...reasons,
    'revocation-list crl.pem: 1 to be revoked',
  ])
})

describe('a password in a file', () => {
  test.each([
    ['the same', `${plantedPassword}\r\nand a second line\n`, []],
    ['another', 'another\n', ['password dashboard: the password is another one now']],
    ['not there', undefined, []],
  ])('%s', async (_what, content, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'bednet-due-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    if (content !== undefined) writeFileSync(join(folder, 'dashboard'), content)
    const text = profile.replace('env: DASHBOARD_PASSWORD', 'file: dashboard')
    const due = await dueIn({ project: projectOf(text, folder), vault: stocked })
    expect(lines(due)).toEqual(expected)
  })
})

test('a password that cannot be one is refused and not shown', async () => {
  const world = recordingWorld({ environment: { DASHBOARD_PASSWORD: 'two\nlines' } })
  const error = await dueIn({ project: projectOf(), vault: stocked, world }).catch(caught)
  expect(error).toMatchObject({ code: 'SECRET_WRONG', at: '$DASHBOARD_PASSWORD' })
  expect(String(error)).not.toContain('lines')
})

describe('what left the profile', () => {
  const gone = projectOf(profile.replace('{1..2}', '{1..1}'))

  test('is revoked with every serial that is still good, and with no other', async () => {
    const vault = stocked.copy()
    const [first] = serialsOf(vault, 'esp32-2')
    await reissue(vault, 'esp32-2')
    await reissue(vault, 'esp32-2')
    const [, second, third] = serialsOf(vault, 'esp32-2')
    await vault.append([{ ...revocation, name: 'esp32-2', serial: second ?? '' }])
    await issueDue({ project: gone, vault, world: recordingWorld() }, [
      { kind: 'revocation-list', id: 'ca', name: 'crl.pem', because: 'of this test' },
    ])
    const due = await dueIn({ project: gone, vault })
    expect(lines(due)).toEqual([
      'revocation esp32-2: it left the profile',
      'revocation esp32-2: it left the profile',
      'revocation-list crl.pem: 2 to be revoked',
    ])
    expect(due.flatMap(({ serial }) => serial ?? [])).toEqual([first, third])
  })

  test('is left alone once it has ended', async () => {
    const world = recordingWorld({ now: () => inDays(366) })
    const due = await dueIn({ project: gone, vault: stocked, world })
    expect(due.filter(({ kind }) => kind === 'revocation')).toEqual([])
  })

  test('a role: its canary', async () => {
    const text = profile.replaceAll('viewer', 'reader')
    const due = lines(await dueIn({ project: projectOf(text), vault: stocked }))
    expect(due).toContain('revocation bednet-canary-viewer: it left the profile')
    expect(due).toContain('canary bednet-canary-reader: there is none yet')
    expect(due).toContain('revocation-list crl.pem: 1 to be revoked')
  })

  test('its name is refused to another one, until that is asked for', async () => {
    const vault = stocked.copy()
    await issueAll(gone, vault)
    const project = projectOf()
    await expect(dueIn({ project, vault })).rejects.toMatchObject({
      code: 'NAME_REUSED',
      at: 'device "esp32-2"',
      message: 'the name "esp32-2" was revoked before',
      hint: expect.stringContaining('--reuse-names') as unknown,
    })
    const [serial = ''] = serialsOf(vault, 'esp32-2')
    expect(lines(await dueIn({ project, vault, reuseNames: true }))).toEqual([
      `device esp32-2: serial ${serial.toUpperCase()} is revoked`,
    ])
    await issueDue(
      { project, vault, world: recordingWorld() },
      await dueIn({ project, vault, reuseNames: true }),
    )
    // From then on it is an ordinary name.
    expect(await dueIn({ project, vault })).toEqual([])
  })

  test('of several names the first is told, and how many more', async () => {
    const vault = stocked.copy()
    await issueAll(projectOf(profile.replace('esp32-{1..2}', 'pump')), vault)
    await expect(dueIn({ project: projectOf(), vault })).rejects.toThrow('"esp32-1" and 1 more was')
  })
})

function caught(error: unknown): unknown {
  return error
}

function lose(pattern: RegExp): (vault: MemoryVault) => void {
  return ({ files }) => {
    const names = [...files.keys()].filter(name => pattern.test(name))
    expect(names).not.toEqual([])
    for (const name of names) files.delete(name)
  }
}
