import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Project } from '../../src/operations/load.js'
import { status } from '../../src/operations/status.js'
import {
  profile,
  projectOf,
  recordingWorld,
  revocation,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import { inDays } from './today.js'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bednet-status-'))
  const vault = await stockedVault()
  // What is revoked needs no renewal.
  const [serial = ''] = serialsOf(vault, 'esp32-2')
  await vault.append([{ ...revocation, name: 'esp32-2', serial }])
  await vault.save(projectOf(profile, folder).vault)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test.each<[number, number, readonly string[]]>([
  [0, 89, []],
  [0, 90, ['broker hub: 90']],
  [61, 30, ['broker hub: 29']],
  [91, 0, ['broker hub: -1']],
  [340, 30, ['broker hub: -250', 'device esp32-1: 25']],
  [
    366,
    4000,
    ['broker hub: -276', 'device esp32-1: -1', 'authority: 3284', 'revocation list: 3284'],
  ],
])('on day %i, within %i days', async (day, withinDays, expected) => {
  // Nobody answers on this PATH: an unreachable host hides nothing of what the vault tells.
  const world = recordingWorld({ now: () => inDays(day), environment: { PATH: '/nowhere' } })
  const found = await status({ project: asSandbox(), world, brokers: [], withinDays })
  expect(found.expiring.map(({ what, daysLeft }) => `${what}: ${String(daysLeft)}`)).toEqual(
    expected,
  )
  expect(found.brokers).toMatchObject([{ broker: 'hub', error: { code: 'HOST_ANSWER_INVALID' } }])
})

function asSandbox(): Project {
  const { fleet, vault } = projectOf(profile, folder)
  const brokers = fleet.brokers.map(broker => ({ ...broker, host: { kind: 'sandbox' } as const }))
  return { fleet: { ...fleet, brokers }, vault }
}
