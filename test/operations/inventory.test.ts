import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inventoried } from '../../src/operations/inventory.js'
import type { Project } from '../../src/operations/load.js'
import { indexLedger } from '../../src/vault/ledger.js'
import {
  dueIn,
  issueAll,
  issueListed,
  lines,
  projectOf,
  recordingWorld,
  revocation,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'
import { inDays } from './today.js'

const names = ['pump-1', 'pump-2', 'pump-3']
let start: MemoryVault
let vault: MemoryVault
beforeAll(async () => {
  start = await stockedVault()
  await issueListed(start, projectOf(), names)
})
beforeEach(() => {
  vault = start.copy()
})

/** With what the vault's ledger has. */
const project = (): Project => inventoried(projectOf(), vault.lines)
const listed = () => project().fleet.devices.filter(({ isListed }) => isListed === true)
const latest = (name: string) => indexLedger(vault.lines).held('device', name)

describe('devices of the inventory', () => {
  test('count as declared, until they are revoked', async () => {
    await vault.append([
      { ...revocation, name: 'pump-2', serial: serialsOf(vault, 'pump-2')[0] ?? '' },
    ])
    expect(listed()).toEqual(
      ['pump-1', 'pump-3'].map(name => ({
        ...{ name, role: 'sensor', key: 'p256', lifetimeDays: 365 },
        ...{ passphrase: undefined, formats: ['pem'], platform: undefined, isListed: true },
      })),
    )
  })

  test('stay in it when they are renewed one by one, with their labels', async () => {
    const world = recordingWorld({ now: () => inDays(350) })
    const due = await dueIn({ project: project(), vault, world })
    expect(lines(due)).toContain('device pump-2: expires in 15 days')
    await issueAll(project(), vault, world)
    expect(listed().map(({ name }) => name)).toEqual(names)
    expect(latest('pump-2')).toMatchObject({ role: 'sensor', labels: { place: 'hall 1' } })
    expect(latest('pump-2')?.batch).toBeUndefined()
    expect(lines(await dueIn({ project: project(), vault, world }))).toEqual([])
  })

  test('whose batch is gone get another certificate, which says why', async () => {
    expect(await dueIn({ project: project(), vault })).toEqual([])
    vault.archives.clear()
    const because = 'its credential is not in the vault'
    const due = await dueIn({ project: project(), vault })
    expect(lines(due)).toEqual(names.map(name => `device ${name}: ${because}`))
    await issueAll(project(), vault)
    expect(latest('pump-1')).toMatchObject({ because, role: 'sensor' })
    expect(await dueIn({ project: project(), vault })).toEqual([])
  })
})

test('a device of the profile whose certificate is gone: the new one says why', async () => {
  vault.files.delete('devices/esp32-1/client.crt')
  const due = await dueIn({ project: projectOf(), vault })
  expect(lines(due)).toContain('device esp32-1: its credential is not in the vault')
})
