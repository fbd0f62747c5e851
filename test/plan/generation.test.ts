import { describe, expect, test } from 'vitest'
import {
  generationQuestion,
  hostPaths,
  parseGeneration,
  sha256,
  type GenerationSeen,
} from '../../src/plan/generation.js'
import { compareGeneration } from '../../src/plan/generation-changes.js'
import { noRecord } from '../../src/plan/record.js'
import type { Change, GenerationFile } from '../../src/plan/resource.js'
import { answerTo } from './answer.js'
import { generationOf, textFile, wanted } from './seen.js'

const folder = '/etc/mosquitto/bednet'
const link = 'mkdir -p etc/mosquitto/conf.d && ln -s'
const linked = `${link} ../bednet/current/broker.conf etc/mosquitto/conf.d/00-bednet.conf`

type Files = Readonly<Record<string, string>>

const asked = (before: string, files: Files) =>
  parseGeneration(answerTo(generationQuestion, { before, files, services: 'child' }))

const stamp = 'etc/mosquitto/bednet/loaded'
const whole: Files = {
  [`${folder}/4/acl`]: 'user a\n',
  [`${folder}/4/identity`]: 'site greenhouse\nauthority c0ffee\n',
  [`${folder}/3/acl`]: 'user old\n',
  [`${folder}/loaded`]: '4\n',
}
const current = `ln -s 4 etc/mosquitto/bednet/current; chmod 600 etc/mosquitto/bednet/4/acl
chmod 640 etc/mosquitto/bednet/4/identity`

describe('what is on a host', () => {
  test('is a generation, with whose it is, and its files', () => {
    const { files, ...rest } = asked(`${current}\n${linked}`, whole)
    expect(rest).toEqual({
      record: noRecord,
      current: 4,
      newest: 4,
      loaded: 4,
      linked: true,
      site: 'greenhouse',
      authority: 'c0ffee',
    })
    expect([...files]).toEqual([
      ['acl', { sha256: sha256('user a\n'), mode: 0o600, owner: 'anybody', text: 'user a\n' }],
      [
        'identity',
        {
          sha256: sha256('site greenhouse\nauthority c0ffee\n'),
          mode: 0o640,
          owner: 'anybody',
          text: 'site greenhouse\nauthority c0ffee\n',
        },
      ],
    ])
  })

  test('has owners where they matter', () => {
    const scene = { before: current, files: whole, services: 'systemd' } as const
    const { files } = parseGeneration(answerTo(generationQuestion, scene))
    expect(files.get('acl')?.owner).toMatch(/^\S+:\S+$/)
  })

  test.each<{ name: string; before?: string; files?: Files; seen: Partial<GenerationSeen> }>([
    { name: 'nothing', before: '', files: {}, seen: { current: undefined, newest: 0 } },
    { name: 'a switch that was cut off', seen: { current: 4, linked: false } },
    {
      name: 'a generation that was never switched to',
      files: { [`${folder}/11/acl`]: '', ...whole },
      seen: { current: 4, newest: 11 },
    },
    {
      name: 'one half written',
      files: { [`${folder}/5.new/acl`]: '', ...whole },
      seen: { current: 4, newest: 4 },
    },
    { name: 'no stamp', before: `${current}; rm ${stamp}`, seen: { loaded: undefined } },
    { name: 'an empty stamp', before: `${current}; : >${stamp}`, seen: { loaded: undefined } },
    { name: 'a torn stamp', before: `${current}; echo x4 >${stamp}`, seen: { loaded: undefined } },
    { name: 'an old stamp', before: `${current}; echo 3 >${stamp}`, seen: { loaded: 3 } },
    {
      name: "somebody's file in the place of the link",
      files: { '/etc/mosquitto/conf.d/00-bednet.conf': 'listener 1\n', ...whole },
      seen: { linked: false },
    },
    {
      name: 'a link to elsewhere',
      before: `${current}\n${link} ../x etc/mosquitto/conf.d/00-bednet.conf`,
      seen: { linked: false },
    },
    { name: 'no current', before: '', seen: { current: undefined, newest: 4, site: undefined } },
    {
      name: 'a current that leads nowhere',
      before: 'ln -s 9 etc/mosquitto/bednet/current',
      seen: { current: 9, site: undefined, files: new Map() },
    },
  ])('$name', ({ before = current, files = whole, seen }) => {
    expect(asked(before, files)).toMatchObject(seen)
  })
})

interface Case {
  readonly name: string
  readonly files?: readonly GenerationFile[]
  readonly seen?: Partial<GenerationSeen>
  readonly change: Change | undefined
}

const seenFiles = generationOf(wanted.files).files
const acl = { sha256: sha256('user a\n'), mode: 0o600, owner: 'mosquitto:mosquitto' }
const withAcl = (different: Partial<typeof acl>): Partial<GenerationSeen> => ({
  files: new Map([...seenFiles, ['acl', { ...acl, ...different }]]),
})
const pending: GenerationFile = {
  ...textFile('acl', ''),
  content: { kind: 'pending', because: 'to be issued: there is none yet' },
}
const without = (name: string): Partial<GenerationSeen> => ({
  files: new Map([...seenFiles].filter(([each]) => each !== name)),
})
const update = (because: string, resource = 'file acl'): Change => ({
  resource,
  action: 'update',
  because,
})

const cases: readonly Case[] = [
  { name: 'all as it should be', change: undefined },
  { name: 'in a sandbox, whoever owns it', seen: withAcl({ owner: 'anybody' }), change: undefined },
  {
    name: 'another text',
    seen: withAcl({ sha256: sha256('user b\n') }),
    change: update('changed, sha256 dda6cf22… becomes d297d064…'),
  },
  { name: 'another mode', seen: withAcl({ mode: 0o644 }), change: update('mode is 644, not 600') },
  {
    name: 'another owner',
    seen: withAcl({ owner: 'root:mosquitto' }),
    change: update('owner is root:mosquitto, not mosquitto:mosquitto'),
  },
  {
    name: 'another group',
    seen: withAcl({ owner: 'mosquitto:root' }),
    change: update('owner is mosquitto:root, not mosquitto:mosquitto'),
  },
  {
    name: 'no file',
    seen: without('acl'),
    change: { resource: 'file acl', action: 'create', because: 'not on the host' },
  },
  {
    name: 'another sealed content',
    seen: {
      files: new Map([
        ...seenFiles,
        ['broker.key', { sha256: sha256('old'), mode: 0o640, owner: 'root:mosquitto' }],
      ]),
    },
    change: update('changed, sha256 cba06b57… becomes 8fa3aab2…', 'file broker.key'),
  },
  {
    name: 'a file too many',
    seen: { files: new Map([...seenFiles, ['crl.pem', acl]]) },
    change: { resource: 'file crl.pem', action: 'delete', because: 'not in the profile' },
  },
  {
    name: 'what is not made yet',
    files: [...wanted.files.filter(({ name }) => name !== 'acl'), pending],
    change: update('to be issued: there is none yet'),
  },
  {
    name: 'what is not made yet, and not there',
    files: [...wanted.files.filter(({ name }) => name !== 'acl'), pending],
    seen: without('acl'),
    change: { resource: 'file acl', action: 'create', because: 'to be issued: there is none yet' },
  },
  {
    name: 'conf.d does not lead there',
    seen: { linked: false },
    change: update('does not lead to the current generation', 'file conf.d/00-bednet.conf'),
  },
]

test.each(cases)('$name', ({ files = wanted.files, seen = {}, change }) => {
  const changes = compareGeneration(files, { ...generationOf(wanted.files), ...seen })
  expect(changes).toMatchObject(change === undefined ? [] : [change])
})

test('the paths of a host, and of a sandbox', () => {
  expect(hostPaths('')).toEqual({
    mosquitto: '/etc/mosquitto',
    generations: '/etc/mosquitto/bednet',
    current: '/etc/mosquitto/bednet/current',
    configuration: '/etc/mosquitto/conf.d/00-bednet.conf',
  })
  expect(hostPaths('/home/me/box').current).toBe('/home/me/box/etc/mosquitto/bednet/current')
})
