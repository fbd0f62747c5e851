import { noRecord } from '../../src/plan/record.js'
import { describe, expect, test } from 'vitest'
import {
  comparePackages,
  compareSource,
  packageQuestion,
  parsePackages,
} from '../../src/plan/package.js'
import { answerTo, recorded, releases } from './answer.js'

const packages = ['mosquitto', 'mosquitto-clients', 'openssl']
const versions = { bullseye: '2.0.11', bookworm: '2.0.11', trixie: '2.0.21', forky: '2.1.2' }

describe.each(releases)('apt and dpkg on %s', release => {
  const asked = (tools: Readonly<Record<string, string>>) =>
    parsePackages(answerTo(packageQuestion(packages), { tools: { 'dpkg-query': '', ...tools } }))

  test('nothing installed: what apt would install', () => {
    const seen = asked({ 'apt-cache': recorded(release, 'apt-policy-before') })
    expect(seen).toEqual({ installed: [], mosquitto: versions[release] })
  })

  test('no lists: nobody knows', () => {
    const seen = asked({ 'apt-cache': recorded(release, 'apt-policy-no-lists') })
    expect(seen).toEqual({ installed: [], mosquitto: undefined })
  })

  test('the broker itself knows best', () => {
    const seen = asked({
      'apt-cache': 'mosquitto:\n  Candidate: 9.9.9\n',
      mosquitto: recorded(release, 'mosquitto-version'),
    })
    expect(seen.mosquitto).toBe(versions[release])
  })

  test('what dpkg has put there has the version that dpkg says', () => {
    const lines = recorded(release, 'dpkg-after').replace(
      /^(\S+) (\S+) (\S+)$/gm,
      'installed $1 $3 $2',
    )
    const seen = asked({ 'dpkg-query': lines, mosquitto: 'mosquitto version 9.9.9\n' })
    expect(seen).toEqual({
      installed: ['mosquitto', 'mosquitto-clients'],
      mosquitto: versions[release],
    })
  })

  test('what dpkg has', () => {
    const lines = recorded(release, 'dpkg-after')
      .trim()
      .split('\n')
      .map(line => line.replace(/^(\S+) (\S+) (\S+)$/, 'installed $1 $3 $2'))
    const { installed } = parsePackages(lines.join('\n'))
    expect(installed).toEqual(['mosquitto', 'mosquitto-clients'])
  })
})

test.each<readonly [string, readonly string[], string | undefined]>([
  ['installed openssl config-files 3.0.11', [], undefined],
  ['installed openssl half-installed 3.0.11', [], undefined],
  ['installed openssl installed 3.0.11', ['openssl'], undefined],
  ['candidate (none)', [], undefined],
  ['installed mosquitto config-files 2.0.11-1.2', [], undefined],
  ['installed mosquitto installed 2.0.18-1ubuntu1', ['mosquitto'], '2.0.18'],
  ['candidate 2.0.11-1.2+deb12u2', [], '2.0.11'],
  ['candidate 2.0.18-1ubuntu1', [], '2.0.18'],
  ['running mosquitto version 2.1.2', [], '2.1.2'],
  ['running \ncandidate 2.0.11-1', [], '2.0.11'],
  ['', [], undefined],
])('%j', (answer, installed, mosquitto) => {
  expect(parsePackages(answer)).toEqual({ installed, mosquitto })
})

test('beside a broker, what apt would install is told apart', () => {
  const seen = parsePackages('candidate 2.1.2-3\nrunning mosquitto version 2.0.21')
  expect(seen).toEqual({ installed: [], mosquitto: '2.0.21', candidate: '2.1.2' })
})

const debian = 'deb.debian.org_debian_dists'

test.each([
  { list: `${debian}_bookworm_InRelease`, age: '1 hour', candidate: undefined },
  { list: `${debian}_bookworm-updates_InRelease`, age: '1 hour', candidate: undefined },
  { list: `${debian}_trixie_InRelease`, age: '1 hour', candidate: '2.1.2' },
  { list: 'repo.mosquitto.org_dists_bookworm_Release', age: '1 hour', candidate: '2.1.2' },
  { list: `${debian}_trixie_InRelease`, age: '1 hour ago', candidate: undefined },
])('beside a broker, $list and a cache of $age: $candidate', ({ list, age, candidate }) => {
  const scene = {
    tools: {
      mosquitto: 'mosquitto version 2.0.21\n',
      'apt-cache': 'mosquitto:\n  Candidate: 2.1.2-3\n',
    },
    files: {
      '/etc/os-release': recorded('bookworm', 'os-release'),
      '/var/cache/apt/pkgcache.bin': '',
      '/var/lib/dpkg/status': '',
      [`/var/lib/apt/lists/${list}`]: '',
    },
    before: `touch -d '${age}' var/cache/apt/pkgcache.bin`,
  }
  expect(parsePackages(answerTo(packageQuestion([]), scene)).candidate).toBe(candidate)
})

test('a package name cannot become a command', () => {
  const question = packageQuestion(['x; touch broken', '$(touch broken)'])
  const answer = answerTo(`${question}\nls`, { tools: { 'dpkg-query': '', 'apt-cache': '' } })
  expect(answer).not.toContain('broken')
})

test.each<readonly [readonly string[], readonly string[]]>([
  [[], packages],
  [['openssl', 'mosquitto'], ['mosquitto-clients']],
  [[...packages, 'vim'], []],
])('with %j installed, %j are missing', (installed, missing) => {
  const changes = comparePackages(packages, { installed, mosquitto: undefined })
  expect(changes).toEqual(
    missing.map(name => ({
      resource: `package ${name}`,
      action: 'create',
      because: 'not installed',
    })),
  )
})

test('one that a transaction had installed was removed since', () => {
  const seen = { installed: [], mosquitto: undefined }
  const record = { ...noRecord, packages: new Set(['mosquitto']) }
  expect(comparePackages(['mosquitto', 'ufw'], seen, record)).toEqual([
    {
      resource: 'package mosquitto',
      action: 'create',
      because: 'removed from the host',
      isDrift: true,
    },
    { resource: 'package ufw', action: 'create', because: 'not installed' },
  ])
})

test('no package wanted, as in a sandbox: not every one there is', () => {
  const tools = { 'dpkg-query': 'installed bash installed 5.2\n', 'apt-cache': '' }
  const installed = (names: readonly string[]) =>
    parsePackages(answerTo(packageQuestion(names), { tools })).installed
  expect(installed(['bash'])).toEqual(['bash'])
  expect(installed([])).toEqual([])
})

const [one, two] = ['a'.repeat(64), 'b'.repeat(64)]

test('a program tells what it was built from', () => {
  const answer = `running mosquitto version 2.0.11\nsource ${one}`
  expect(parsePackages(answer)).toEqual({ installed: [], mosquitto: '2.0.11', source: one })
})

test.each<
  readonly [string | undefined, string | undefined, readonly (readonly [string, string])[]]
>([
  [undefined, undefined, []],
  [undefined, one, [['delete', 'the package takes its place']]],
  [one, one, []],
  [one, undefined, [['create', 'not built there']]],
  [one, two, [['update', 'it was built from bbbbbbbbbbbbbbbb…']]],
])('source %s wanted, %s there', (desired, source, changes) => {
  const found = compareSource(desired, source === undefined ? {} : { source })
  expect(found.map(({ action, because }) => [action, because])).toEqual(changes)
})
