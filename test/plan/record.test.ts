import { describe, expect, test } from 'vitest'
import {
  generationQuestion,
  parseGeneration,
  sha256,
  type GenerationSeen,
} from '../../src/plan/generation.js'
import { compareGeneration } from '../../src/plan/generation-changes.js'
import { hostRecord, noRecord, parseRecord } from '../../src/plan/record.js'
import type { GenerationFile } from '../../src/plan/resource.js'
import { answerTo } from './answer.js'
import { generationOf, wanted } from './seen.js'

const words = (text: string) =>
  text.split('\n').map(line => ['record', ...line.split(' ').filter(Boolean)])

/** As `record_files` of the host's scripts writes it. */
const generationRecord = [...generationOf(wanted.files).files]
  .map(([name, { mode, owner, sha256: digest }]) => {
    return `file ${mode.toString(8)} ${owner} ${digest}  ${name}\n`
  })
  .join('')

test('what a transaction leaves is read again as it was', () => {
  const rules = [{ port: 8883, from: '2001:db8::/32' }]
  const host = hostRecord({
    packages: ['mosquitto'],
    rules,
    enableFirewall: true,
    revocationList: 7,
  })
  const record = parseRecord(words(`${generationRecord}${host}`))
  expect(record).toMatchObject({
    rules: new Set(['8883 2001:db8::/32']),
    packages: new Set(['mosquitto']),
    firewallEnabled: true,
    revocationList: 7,
  })
  expect(record.files).toEqual(generationOf(wanted.files).files)
})

test('both records are found, the one in the folder and the one beside it', () => {
  const folder = '/etc/mosquitto/bednet'
  const files = {
    [`${folder}/4/acl`]: 'user a\n',
    [`${folder}/4/.record`]: 'file 600 mosquitto:mosquitto c0ffee acl\n',
    [`${folder}/3/.record`]: 'file 600 mosquitto:mosquitto f00d old\n',
    [`${folder}/record`]: 'rule 8883 any\n',
  }
  const before = 'ln -s 4 etc/mosquitto/bednet/current'
  const seen = parseGeneration(answerTo(generationQuestion, { files, before, services: 'child' }))
  expect([...(seen.record.files?.keys() ?? [])]).toEqual(['acl'])
  expect([...seen.record.rules]).toEqual(['8883 any'])
  // It is no file of the generation.
  expect([...seen.files.keys()]).toEqual(['acl'])
})

// The time of a change cannot be set by hand, so the stamp's is.
test.each<readonly [string, string, true | undefined]>([
  ['before', '2100-01-01', undefined],
  ['after', '2001-01-01', true],
])('a file that was written %s the stamp', (_, stamp, isTouched) => {
  const folder = '/etc/mosquitto/bednet'
  const files = { [`${folder}/4/acl`]: 'user a\n', [`${folder}/loaded`]: '4\n' }
  const before = `ln -s 4 etc/mosquitto/bednet/current; touch -d ${stamp} etc/mosquitto/bednet/loaded`
  const seen = parseGeneration(answerTo(generationQuestion, { files, before, services: 'child' }))
  expect(seen.files.get('acl')?.isTouched).toBe(isTouched)
})

test('what is too large to be sent with every look is not, and secrets never are', () => {
  const folder = '/etc/mosquitto/bednet/4'
  const files = {
    [`${folder}/acl`]: 'user a\n'.repeat(5_000),
    [`${folder}/broker.conf`]: 'listener 8883\n',
    [`${folder}/broker.key`]: 'pl4nted\n',
    [`${folder}/passwords`]: 'pl4nted\n',
  }
  const before = 'ln -s 4 etc/mosquitto/bednet/current'
  const answer = answerTo(generationQuestion, { files, before, services: 'child' })
  const seen = parseGeneration(answer)
  expect(seen.files.get('broker.conf')?.text).toBe('listener 8883\n')
  expect(seen.files.get('acl')).toMatchObject({ mode: expect.any(Number) as number })
  expect(seen.files.get('acl')?.text).toBeUndefined()
  expect(answer).not.toContain('pl4nted')
})

const [, , acl, key] = wanted.files as [unknown, unknown, GenerationFile, GenerationFile]
const before = generationOf(wanted.files)
const recorded = {
  ...noRecord,
  files: parseRecord(words(generationRecord)).files,
}
const aclWith = (different: object): Partial<GenerationSeen> => ({
  files: new Map([
    ...before.files,
    [
      'acl',
      {
        sha256: sha256('user a\n'),
        mode: 0o600,
        owner: 'mosquitto:mosquitto',
        text: 'user a\n',
        ...different,
      },
    ],
  ]),
})
const edited = aclWith({ sha256: sha256('user x\n'), text: 'user x\n' })
const newAcl = { ...acl, content: { kind: 'text', text: 'user b\n' } } as const
const newKey = {
  ...key,
  content: { kind: 'sealed', name: 'brokers/hub/broker.key', sha256: sha256('another') },
} as const
const withoutAcl = { files: new Map([...before.files].filter(([name]) => name !== 'acl')) }

interface Case {
  readonly name: string
  readonly seen?: Partial<GenerationSeen>
  readonly file?: GenerationFile
  readonly because: string
  readonly isDrift?: true
  readonly diff?: readonly string[]
}

describe('with a record, each difference is named for what it is', () => {
  test.each<Case>([
    {
      name: 'another profile',
      seen: aclWith({}),
      file: newAcl,
      because: 'the profile asks for another now',
      diff: ['-user a', '+user b'],
    },
    {
      name: 'an edit',
      seen: edited,
      because: 'edited by hand on the host',
      isDrift: true,
      diff: ['-user x', '+user a'],
    },
    {
      name: 'both',
      seen: edited,
      file: newAcl,
      because: 'edited by hand on the host, and the profile asks for another now',
      isDrift: true,
      diff: ['-user x', '+user b'],
    },
    {
      name: 'another key',
      file: newKey,
      because: 'the vault has another one, sha256 8fa3aab2… becomes ae448ac8…',
    },
    {
      name: 'a file that is too large',
      seen: aclWith({ sha256: sha256('user x\n'), text: undefined }),
      because: 'edited by hand on the host',
      isDrift: true,
      diff: ['… larger than 32 kB: its lines are not compared'],
    },
    {
      name: 'a mode',
      seen: aclWith({ mode: 0o644 }),
      because: 'changed by hand on the host: mode is 644, not 600',
      isDrift: true,
    },
    {
      name: 'an owner',
      seen: aclWith({ owner: 'root:root' }),
      because: 'changed by hand on the host: owner is root:root, not mosquitto:mosquitto',
      isDrift: true,
    },
    {
      name: 'a file that is gone',
      seen: withoutAcl,
      because: 'removed by hand from the host',
      isDrift: true,
    },
    {
      name: 'a file that is new',
      seen: { files: new Map([...before.files, ['more', { sha256: '', mode: 0, owner: '' }]]) },
      because: 'put there by hand on the host',
      isDrift: true,
    },
  ])('$name', ({ seen = {}, file, because, isDrift, diff }) => {
    const files = wanted.files.map(each => (each.name === file?.name ? file : each))
    const changes = compareGeneration(files, { ...before, record: recorded, ...seen })
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({ because })
    expect(changes[0]?.isDrift).toBe(isDrift)
    expect(changes[0]?.diff).toEqual(diff)
  })

  test('a file that left the profile is no drift', () => {
    const files = wanted.files.filter(({ name }) => name !== 'acl')
    const [change] = compareGeneration(files, { ...before, record: recorded })
    expect(change).toEqual({
      resource: 'file acl',
      action: 'delete',
      because: 'not in the profile',
    })
  })
})
