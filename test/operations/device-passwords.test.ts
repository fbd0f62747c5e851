import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { verifyPassword } from '../../src/broker/password.js'
import { unsealed } from '../../src/operations/holdings.js'
import { withInventory } from '../../src/operations/inventory.js'
import { issueList } from '../../src/operations/issue-list.js'
import type { RowReport } from '../../src/operations/listed-device.js'
import { Secret } from '../../src/secret.js'
import { readVault } from '../../src/vault/vault.js'
import { profile, projectOf, recordingWorld, stockedVault } from './greenhouse.js'

let project: ReturnType<typeof projectOf>
let out: string
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-passwords-'))
  project = projectOf(profile, folder)
  out = join(folder, 'out')
  await (await stockedVault()).save(project.vault)
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
})

/** Issues the rows of a list, and tells how each one ended. */
async function issue(...rows: readonly string[]): Promise<readonly RowReport[]> {
  const list = join(project.vault, '../list.csv')
  writeFileSync(list, `name,role,password\n${rows.join('\n')}\n`)
  const reports: RowReport[] = []
  await issueList({
    project: await withInventory(project),
    world: recordingWorld(),
    list,
    outlet: { kind: 'folders', folder: out },
    reuseNames: false,
    report: row => reports.push(row),
  })
  return reports
}

/** The brokers' password file, by name. */
async function hashes(): Promise<ReadonlyMap<string, string>> {
  const { fleet } = await withInventory(project)
  const file = await unsealed('passwords', { fleet, vault: readVault(project.vault) })
  const lines = file.reveal().trimEnd().split('\n')
  return new Map(lines.map(line => line.split(':') as [string, string]))
}

test('a password is handed out beside the certificate, and its hash goes to the brokers', async () => {
  await issue('pump-1,sensor,generated', 'pump-2,sensor,')
  const path = join(out, 'pump-1/password')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const password = new Secret(readFileSync(path, 'utf8').trimEnd())
  const held = await hashes()
  expect(verifyPassword(password, held.get('pump-1') ?? '')).toBe(true)
  expect(verifyPassword(new Secret('another'), held.get('pump-1') ?? '')).toBe(false)
  expect(held.has('pump-2')).toBe(false)
  expect(held.has('dashboard')).toBe(true)
})

test('whoever comes later changes no hash of the others, and is not asked twice', async () => {
  await issue('pump-1,sensor,generated')
  const before = (await hashes()).get('pump-1')
  const [first, second] = await issue('pump-1,sensor,generated', 'pump-2,sensor,generated')
  expect([first?.status, second?.status]).toEqual(['kept', 'issued'])
  const after = await hashes()
  expect(after.get('pump-1')).toBe(before)
  expect(after.has('pump-2')).toBe(true)
})

test('a device that had none gets one, with another certificate', async () => {
  await issue('pump-1,sensor,')
  expect(await issue('pump-1,sensor,generated')).toMatchObject([
    { status: 'issued', because: 'it has no password yet' },
  ])
  expect((await hashes()).has('pump-1')).toBe(true)
})

test.each([
  ['pump-1,sensor,PLANTED-4711', 'the row has a password in it'],
  ['pump:1,sensor,generated', '"pump:1" can have no password'],
  ['esp32-1,,generated', '"esp32-1" is of the profile, whose devices have no password'],
])('%s is refused, and the password neither told nor kept', async (row, because) => {
  const reports = await issue(row)
  expect(reports).toMatchObject([{ status: 'refused', because }])
  expect(JSON.stringify(reports)).not.toContain('PLANTED')
  expect(readFileSync(join(project.vault, 'ledger.jsonl'), 'utf8')).not.toContain('PLANTED')
})

test('of a fleet that takes no passwords there is none to draw', async () => {
  const text = profile.replace(/ {2}- \{ port: 1883.*\n/, '').replace(/users:\n.*\n/, '')
  project = { ...project, fleet: projectOf(text).fleet }
  expect(await issue('pump-1,sensor,generated')).toMatchObject([
    { status: 'refused', because: 'no listener takes a password' },
  ])
})

test('hashes that are lost are said: without them devices would be shut out', async () => {
  await issue('pump-1,sensor,generated')
  rmSync(join(project.vault, 'batches/000001.passwords'))
  await expect(hashes()).rejects.toThrow('000001.passwords is gone')
})
