import { describe, expect, test } from 'vitest'
import { archiveQuestion, compareArchive, parseArchive } from '../../src/plan/archive.js'
import type { ArchiveFiles, ArchiveWanted } from '../../src/plan/resource.js'
import { upstreamArchive } from '../../src/profile/archive.js'
import { answerTo, recorded } from './answer.js'
import { afterApt, machine, upstream } from './seen.js'

const none = parseArchive('')
const debian = machine({})
const ubuntu = machine({ system: 'ubuntu 24.04', codename: 'noble', ubuntuCodename: 'noble' })
const mint = machine({ system: 'linuxmint 22', codename: 'wilma', ubuntuCodename: 'noble' })
const nameless = machine({ codename: undefined })

function filesOf(wanted: ArchiveWanted, host = debian): ArchiveFiles {
  const { files } = compareArchive(wanted, none, host)
  if (files === undefined || files === 'remove') throw new Error('nothing is written')
  return files
}

test('what apt is told', () => {
  const { source, pin, key } = filesOf({ ...upstream, fingerprint: 'F00D' })
  expect(source.split('\n')[1]).toBe(
    'deb [signed-by=/etc/apt/keyrings/bednet-mosquitto.asc,F00D] https://upstream.test/debian bookworm main',
  )
  expect(pin).toBe(
    `Package: mosquitto mosquitto-clients libmosquitto*
Pin: release o=Upstream
Pin-Priority: 600

Package: *
Pin: release o=Upstream
Pin-Priority: 1
`,
  )
  expect(key).toEqual({ text: upstream.key })
})

test.each([
  ['ubuntu', ubuntu],
  ['what is made from it', mint],
])('the developers’ archive on %s, with their key alone', (_, host) => {
  const { source, key } = filesOf(upstreamArchive, host)
  const fingerprint = upstreamArchive.fingerprint ?? ''
  expect(source).toMatch(new RegExp(`,${fingerprint}\\] https://ppa\\.\\S+/ubuntu noble main\n$`))
  expect('url' in key && key.url).toMatch(new RegExp(`^https://.*0x${fingerprint}$`))
})

test.each([
  { wanted: upstreamArchive, host: debian, message: /for Ubuntu alone, and .* "debian 12"/ },
  { wanted: upstream, host: nameless, message: /which suite of https/ },
])('refused: $message', ({ wanted, host, message }) => {
  const { conflicts, changes, files } = compareArchive(wanted, none, host)
  expect(conflicts.map(conflict => conflict.message)).toEqual([expect.stringMatching(message)])
  expect({ changes, files }).toEqual({ changes: [] })
})

describe('what differs', () => {
  const right = afterApt(filesOf(upstream))
  test.each([
    ['nothing', right, undefined],
    ['all of it', none, 'create'],
    ['the source', { ...right, source: 'deb [] file:/x y main\n' }, 'update'],
    ['the pin', { ...right, pin: undefined }, 'update'],
    ['the key', { ...right, keySha256: 'another' }, 'update'],
  ])('%s', (_, seen, action) => {
    const { changes, files } = compareArchive(upstream, seen, debian)
    expect(changes.map(change => change.action)).toEqual(action === undefined ? [] : [action])
    expect(files === undefined).toBe(action === undefined)
  })

  test('a key that was fetched is not compared: apt looks at its fingerprint', () => {
    const seen = afterApt(filesOf(upstreamArchive, ubuntu))
    expect(compareArchive(upstreamArchive, seen, ubuntu).changes).toEqual([])
  })

  test('nothing is wanted, and nothing is there', () => {
    expect(compareArchive(undefined, none, debian)).toEqual({
      changes: [],
      conflicts: [],
      notes: [],
    })
  })

  test('one that is no longer wanted is removed', () => {
    const { changes, files } = compareArchive(undefined, right, debian)
    expect(files).toBe('remove')
    expect(changes).toEqual([
      {
        resource: 'archive https://upstream.test/debian bookworm',
        action: 'delete',
        because: 'no longer in the profile',
      },
    ])
  })

  test('one that apt cannot read is said to be so', () => {
    const seen = parseArchive('unreadable E: The repository is not signed.')
    expect(compareArchive(upstream, seen, debian).notes).toEqual([
      'apt cannot read the archive: The repository is not signed.',
    ])
  })
})

describe('the question', () => {
  const { source, pin } = filesOf(upstream)
  const files = {
    '/etc/os-release': recorded('bookworm', 'os-release'),
    '/etc/apt/sources.list.d/bednet-mosquitto.list': source,
    '/etc/apt/preferences.d/bednet-mosquitto.pref': pin,
    '/etc/apt/keyrings/bednet-mosquitto.asc': upstream.key ?? '',
  }
  const policy = (from: string) =>
    `mosquitto:\n  Candidate: 2.1.2-0mosquitto1\n     2.1.2 600\n        500 ${from} bookworm/main\n`
  const tools = { 'apt-get': 'E: Something is wrong\n', 'apt-cache': policy(upstream.url) }

  test('what is there is as it was written, and apt is not asked again', () => {
    const seen = parseArchive(answerTo(archiveQuestion(upstream), { files, tools }))
    expect(seen).toEqual(afterApt({ source, pin, key: { text: upstream.key ?? '' } }))
  })

  test('of another, apt is asked what it would bring', () => {
    const wanted = { ...upstream, suite: 'stable' }
    const seen = parseArchive(answerTo(archiveQuestion(wanted), { files, tools }))
    expect(seen).toMatchObject({ source, candidate: '2.1.2', unreadable: undefined })
  })

  test('what apt finds elsewhere does not come from there', () => {
    const scene = {
      files: { '/etc/os-release': files['/etc/os-release'], '/etc/apt/sources.list': '' },
      tools: { ...tools, 'apt-cache': policy('https://other.test') },
    }
    const seen = parseArchive(answerTo(archiveQuestion(upstream), scene))
    expect(seen).toMatchObject({ candidate: undefined, unreadable: 'Something is wrong' })
  })

  test('a host without apt has none', () => {
    expect(parseArchive(answerTo(archiveQuestion(), {}))).toEqual(none)
  })
})
