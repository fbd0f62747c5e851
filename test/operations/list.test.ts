import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listCertificates } from '../../src/operations/list-certificates.js'
import { listDevices } from '../../src/operations/list.js'
import type { Project } from '../../src/operations/load.js'
import { readVault } from '../../src/vault/vault.js'
import { profile, projectOf, reissue, revocation, serialsOf, stockedVault } from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'
import { inDays, today } from './today.js'

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

/** As a verb lists them, of what is on disk. */
async function listed(of: Project, now = today) {
  return listDevices(of, (await readVault(of.vault).ledger()).entries, now)
}

test('each device has its state, the latest certificate, and where its files lie', async () => {
  const notAfter = '2027-03-01T12:00:00.000Z'
  const of = (name: string, state: string, role?: string) => ({
    name,
    role,
    state,
    serial: serialsOf(vault, name).at(-1),
    notAfter,
    folder: join(project().vault, 'devices', name),
    batch: undefined,
    labels: undefined,
  })
  expect(await listed(project())).toEqual([
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
      batch: undefined,
      labels: undefined,
    },
    of('esp32-4', 'left the profile'),
  ])
})

test('what has ended is said, and what is revoked stays so', async () => {
  const devices = await listed(project(), inDays(365))
  expect(devices.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'esp32-1 expired',
    'esp32-2 revoked',
    'esp32-3 expired',
    'esp32-5 not issued',
    'esp32-4 expired',
  ])
})

test('of no vault every device is still to be issued', async () => {
  const devices = await listed(projectOf(profile, '/nowhere'))
  expect(devices.map(({ state }) => state)).toEqual(['not issued', 'not issued'])
})

test('every certificate has its generation and what it was issued for', async () => {
  const { entries } = await readVault(project().vault).ledger()
  const of = (now: Date) =>
    listCertificates(project(), entries, now)
      .filter(({ name }) => /^(greenhouse|esp32-[34])/.test(name))
      .map(({ kind, name, generation, state, role = '-', because }) =>
        [kind, name, generation, state, role, because].join(' '),
      )
  expect(of(today)).toEqual([
    'authority greenhouse CA 1 good - planted by a test',
    'device esp32-3 1 revoked sensor there is none yet',
    'device esp32-4 1 good - there is none yet',
    'device esp32-3 2 good sensor of this test',
  ])
  expect(of(inDays(365)).slice(1)).toEqual([
    'device esp32-3 1 revoked sensor there is none yet',
    'device esp32-4 1 expired - there is none yet',
    'device esp32-3 2 expired sensor of this test',
  ])
})

test('one that another has replaced is believed until it ends', async () => {
  const again = vault.copy()
  await reissue(again, 'esp32-1')
  const states = listCertificates(project(), again.lines, today)
    .filter(({ name }) => name === 'esp32-1')
    .map(({ state }) => state)
  expect(states).toEqual(['replaced', 'good'])
})
