import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listDevices } from '../../src/operations/list.js'
import {
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

let folder: string
let vault: MemoryVault
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bednet-list-'))
  const before = projectOf(profile.replace('{1..2}', '{1..4}'))
  vault = await stockedVault(before)
  const revoke = async (name: string) => {
    await vault.append([{ ...revocation, name, serial: serialsOf(vault, name).at(-1) ?? '' }])
  }
  await revoke('esp32-2')
  await revoke('esp32-3')
  await reissue(vault, 'esp32-3', before)
  await vault.save(projectOf(profile, folder).vault)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** `esp32-4` has left, and `esp32-5` has not come yet. */
const changed = profile.replace(
  'esp32-{1..2}"',
  'esp32-{1..3}", role: sensor }\n  - { names: esp32-5',
)
const project = () => projectOf(changed, folder)

test('each device has its state, the latest certificate, and where its files lie', async () => {
  const notAfter = '2027-03-01T12:00:00.000Z'
  const of = (name: string, state: string, role?: string) => ({
    name,
    role,
    state,
    serial: serialsOf(vault, name).at(-1),
    notAfter,
    folder: join(project().vault, 'devices', name),
  })
  expect(await listDevices(project(), recordingWorld())).toEqual([
    of('esp32-1', 'good', 'sensor'),
    of('esp32-2', 'revoked', 'sensor'),
    of('esp32-3', 'good', 'sensor'),
    {
      name: 'esp32-5',
      role: 'sensor',
      state: 'not issued',
      serial: undefined,
      notAfter: undefined,
      folder: undefined,
    },
    of('esp32-4', 'left the profile'),
  ])
})

test('what has ended is said, and what is revoked stays so', async () => {
  const world = recordingWorld({ now: () => inDays(365) })
  const listed = await listDevices(project(), world)
  expect(listed.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'esp32-1 expired',
    'esp32-2 revoked',
    'esp32-3 expired',
    'esp32-5 not issued',
    'esp32-4 expired',
  ])
})

test('of no vault every device is still to be issued', async () => {
  const listed = await listDevices(projectOf(profile, '/nowhere'), recordingWorld())
  expect(listed.map(({ state }) => state)).toEqual(['not issued', 'not issued'])
})
