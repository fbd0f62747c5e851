import { beforeAll, expect, test } from 'vitest'
import { issueDue } from '../../src/operations/issue.js'
import type { Project } from '../../src/operations/load.js'
import {
  dueIn,
  issueAll,
  profile,
  projectOf,
  recordingWorld,
  reissue,
  revocation,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'
import { inDays } from './today.js'

let stocked: MemoryVault
let monthly: MemoryVault
beforeAll(async () => {
  stocked = await stockedVault()
  monthly = stocked.copy()
  await resign(monthly, lasting('30d'))
})

interface Case {
  readonly title: string
  /** How long the list that is there was made for; undefined: to the end of its authority. */
  readonly made?: '30d'
  readonly wanted?: '30d' | '60d'
  readonly after: number
  readonly because: readonly string[]
}

const cases: readonly Case[] = [
  { title: 'as long as its authority', after: 3649, because: [] },
  { title: 'before half its life', made: '30d', wanted: '30d', after: 14, because: [] },
  {
    title: 'after half its life',
    made: '30d',
    wanted: '30d',
    after: 15,
    because: ['ends on 2026-03-31'],
  },
  { title: 'ended', made: '30d', wanted: '30d', after: 31, because: ['ends on 2026-03-31'] },
  {
    title: 'longer is wanted',
    made: '30d',
    wanted: '60d',
    after: 1,
    because: ['is good for 30 days, not for 60'],
  },
  {
    title: 'as long as its authority is wanted',
    made: '30d',
    after: 1,
    because: ['would end before its authority'],
  },
  {
    title: 'as long as its authority, and shorter is wanted',
    wanted: '30d',
    after: 1,
    because: ['is good for 3650 days, not for 30'],
  },
]

test.each(cases)('$title', async ({ made, wanted, after, because }) => {
  const project = wanted === undefined ? projectOf() : lasting(wanted)
  const vault = made === undefined ? stocked : monthly
  const world = recordingWorld({ now: () => inDays(after) })
  expect(await listLines({ project, vault, world })).toEqual(because)
})

test.each([0, 4, 9])('cut to its authority it is not signed again, %i days later', async later => {
  const vault = stocked.copy()
  const project = lasting('30d')
  await resign(vault, project, 3640)
  const world = recordingWorld({ now: () => inDays(3640 + later) })
  expect(await listLines({ project, vault, world })).toEqual([])
})

test('without one that is revoked', async () => {
  const vault = stocked.copy()
  const [serial = ''] = serialsOf(vault, 'esp32-1')
  await vault.append([{ ...revocation, name: 'esp32-1', serial }])
  expect(await listLines({ project: projectOf(), vault, reuseNames: true })).toEqual([
    'lacks 1 that are revoked',
  ])
})

test('of a run that was killed before the canary was revoked', async () => {
  const vault = stocked.copy()
  await reissue(vault, 'bednet-canary-revoked')
  const project = lasting('3650d')
  expect(await listLines({ project, vault })).toEqual(['lacks the canary that must be refused'])
  await issueAll(project, vault)
  expect(await listLines({ project, vault })).toEqual([])
})

/** Signs the list anew, so many days after the authority was made. */
async function resign(vault: MemoryVault, project: Project, after = 0) {
  const world = recordingWorld({ now: () => inDays(after) })
  await issueDue({ project, vault, world }, [
    { kind: 'revocation-list', id: 'ca', name: 'crl.pem', because: 'of this test' },
  ])
}

function lasting(lifetime: string): Project {
  return projectOf(profile.replace('generated }', `generated, crl: { lifetime: ${lifetime} } }`))
}

async function listLines(question: Parameters<typeof dueIn>[0]): Promise<readonly string[]> {
  const due = await dueIn(question)
  return due.filter(({ kind }) => kind === 'revocation-list').map(({ because }) => because)
}
