import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Due } from '../../src/operations/due.js'
import {
  planFormat,
  readSavedPlan,
  refuseOutdated,
  savePlan,
  type SavedPlan,
} from '../../src/operations/saved-plan.js'
import { makePlan, type Observed } from '../../src/plan/plan.js'
import type { Desired } from '../../src/plan/resource.js'
import { bare, converged, textFile, wanted } from '../plan/seen.js'
import { againstSchema } from './plan-document.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bednet-plan-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const renewal: Due = { kind: 'broker', name: 'hub', because: 'expires in 9 days', replaces: '4D01' }
const gone: Due = { kind: 'revocation', name: 'plug-3', serial: '4d02', because: 'it left' }
const made = (desired: Partial<Desired> = {}, seen: Observed = bare, due = [renewal, gone]) => ({
  due,
  plans: [makePlan({ ...wanted, ...desired }, seen)],
})
const files = (name: string, text: string): Partial<Desired> => ({
  files: wanted.files.map(file =>
    file.name === name ? { ...file, ...textFile(name, text) } : file,
  ),
})
const edited: Observed = {
  ...converged,
  generation: {
    ...converged.generation,
    files: new Map(
      [...converged.generation.files].map(([name, seen]) => [
        name,
        name === 'acl' ? { ...seen, sha256: 'f00d'.padEnd(64, '0'), text: 'user x\n' } : seen,
      ]),
    ),
  },
}

test('what is saved is read again, and nobody else can read it', async () => {
  const path = join(folder, 'plan.json')
  await savePlan(path, made())
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const saved = await readSavedPlan(path)
  expect(saved.plans.map(({ broker }) => broker)).toEqual(['hub'])
  expect(() => {
    refuseOutdated(saved, made())
  }).not.toThrow()
})

test.each([
  ['no file', undefined],
  ['no JSON', 'broker hub\n'],
  ['a list', '[]'],
  ['another form', JSON.stringify({ format: planFormat + 1, due: [], plans: [{ broker: 'hub' }] })],
  ['no host', JSON.stringify({ format: planFormat, due: [], plans: [] })],
  ['a host without a name', JSON.stringify({ format: planFormat, due: [], plans: [{}] })],
  ['no list', JSON.stringify({ format: planFormat, due: {}, plans: [{ broker: 'hub' }] })],
])('what is no plan: %s', async (name, text) => {
  const path = join(folder, `${name}.json`)
  if (text !== undefined) await writeFile(path, text)
  await expect(readSavedPlan(path)).rejects.toMatchObject({ code: 'PLAN_OUTDATED', at: path })
})

interface Case {
  readonly name: string
  readonly then?: SavedPlan
  readonly now: SavedPlan
  /** Undefined where it is still the same. */
  readonly says: string | undefined
}

const connected = new Map([[8883, 5]])
const pending = (because: string): Partial<Desired> => ({
  files: [...wanted.files, { ...textFile('crl.pem', ''), content: { kind: 'pending', because } }],
})

describe('a saved plan and one that is made now', () => {
  test.each<Case>([
    { name: 'the same', now: made(), says: undefined },
    {
      name: 'more clients',
      now: made({}, { ...bare, machine: { ...bare.machine, connected } }),
      says: undefined,
    },
    {
      name: 'another day',
      now: made({}, bare, [{ ...renewal, because: 'expires in 8 days' }, gone]),
      says: undefined,
    },
    {
      name: 'another day, for a file that is not made yet',
      then: made(pending('expires in 9 days')),
      now: made(pending('expires in 8 days')),
      says: undefined,
    },
    {
      name: 'renewed meanwhile',
      now: made({}, bare, [{ ...renewal, replaces: '4D07' }, gone]),
      says: 'broker hub is another',
    },
    {
      name: 'more to revoke',
      now: made({}, bare, [renewal, gone, { ...gone, serial: '4d03' }]),
      says: 'revocation plug-3 4d03 is new',
    },
    {
      name: 'revoked meanwhile',
      now: made({}, bare, [renewal]),
      says: 'revocation plug-3 4d02 is no longer to be done',
    },
    {
      name: 'another profile',
      now: made(files('acl', 'user b\n')),
      says: 'the content of its files is another',
    },
    {
      name: 'carried out already',
      now: made({}, converged),
      says: '"package mosquitto" is no longer to be done',
    },
    {
      name: 'edited on the host meanwhile',
      then: made(files('acl', 'user b\n'), converged),
      now: made(files('acl', 'user b\n'), edited),
      says: '"file acl" is another',
    },
    {
      name: 'nothing then, and an edit now',
      then: made({}, converged),
      now: made({}, edited),
      says: '"file acl" is new',
    },
    {
      name: 'another bednet came first',
      now: made({}, { ...bare, generation: { ...bare.generation, newest: 7 } }),
      says: 'the number of its generation is another',
    },
    {
      name: 'a stranger in the way',
      now: made({ site: 'shed' }, converged),
      then: made({}, converged),
      says: 'what stands in its way is another',
    },
  ])('$name', ({ then = made(), now, says }) => {
    // As it is after a way through a file.
    const saved = JSON.parse(JSON.stringify(then)) as SavedPlan
    const compare = () => {
      refuseOutdated(saved, now)
    }
    if (says === undefined) expect(compare).not.toThrow()
    else expect(compare).toThrow(`the plan is no longer what would be done: ${says}`)
  })

  test('a host that does not answer now is not judged: its failure is its own', () => {
    const { due } = made()
    expect(() => {
      refuseOutdated(made(), { due, plans: [] })
    }).not.toThrow()
  })
})

describe('the published schema', () => {
  const documents: readonly (readonly [string, SavedPlan])[] = [
    ['nothing to do', made({}, converged, [])],
    ['everything to do', made()],
    ['drift', made({ site: 'shed', ...pending('to be issued') }, edited)],
    [
      'clients',
      made(files('acl', 'x'), { ...edited, machine: { ...converged.machine, connected } }),
    ],
  ]

  test.each(documents)('allows a real plan: %s', (_, { due, plans }) => {
    expect(againstSchema({ format: planFormat, due, plans, failures: [] })).toEqual([])
  })

  test('allows no other', () => {
    const { due, plans } = made()
    expect(againstSchema({ format: 2, due, plans })).not.toEqual([])
    expect(againstSchema({ format: planFormat, due })).not.toEqual([])
    const more = plans.map(plan => ({ ...plan, more: 1 }))
    expect(againstSchema({ format: planFormat, due, plans: more })).not.toEqual([])
    const less = plans.map(plan => ({ ...plan, sessions: undefined }))
    expect(againstSchema({ format: planFormat, due, plans: less })).not.toEqual([])
  })
})
