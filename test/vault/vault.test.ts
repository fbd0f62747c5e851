import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/secret.js'
import { entryOf, type Entry } from '../../src/vault/layout.js'
import { readVault, withVault, type Vault } from '../../src/vault/vault.js'
import { issued, recordingPurpose, scratchFolder } from './scratch.js'

const planted = 'PLANTED-b0f1-SECRET'

const site = (): string => join(scratchFolder(), '.bednet', 'greenhouse')

async function fill(vault: Vault): Promise<void> {
  await vault.append([issued('esp32-001')])
  await vault.write(entryOf.authority('ca.crt'), 'certificate')
  await vault.writeSecret(entryOf.authority('ca.key'), new Secret(planted))
  await vault.writeSecret(entryOf.user('mqtt', 'password'), new Secret(planted))
  await vault.write(entryOf.device('esp32-001', 'README.md'), 'note')
}

describe('reading', () => {
  test('a vault that does not exist yet is empty, and is not made', async () => {
    const folder = site()
    const vault = readVault(folder)
    expect(await vault.read(entryOf.authority('ca.crt'))).toBeUndefined()
    expect(await vault.readSecret(entryOf.authority('ca.key'))).toBeUndefined()
    expect(await vault.list('devices')).toEqual([])
    expect(await vault.ledger()).toEqual({ entries: [], notices: [] })
    expect(await vault.complaints()).toEqual([])
    await expect(stat(folder)).rejects.toThrow('ENOENT')
    expect(await readdir(join(folder, '..', '..'))).toEqual([])
  })

  test('writes nothing, and needs no lock', async () => {
    const folder = site()
    await withVault(folder, recordingPurpose(), async vault => {
      await fill(vault)
      const before = await readdir(folder, { recursive: true })
      const reader = readVault(folder)
      expect(await reader.read(entryOf.authority('ca.crt'))).toBe('certificate')
      expect((await reader.readSecret(entryOf.authority('ca.key')))?.reveal()).toBe(planted)
      expect((await reader.ledger()).entries).toHaveLength(1)
      expect(await readdir(folder, { recursive: true })).toEqual(before)
    })
  })

  test('lists names in order, and nothing that is not ours', async () => {
    const folder = site()
    await withVault(folder, recordingPurpose(), async vault => {
      for (const name of ['b', 'a', 'c']) await vault.write(entryOf.device(name, 'ca.crt'), '')
      await mkdir(join(folder, 'devices', '.hidden'))
      expect(await vault.list('devices')).toEqual(['a', 'b', 'c'])
      await vault.remove(entryOf.device('b', 'ca.crt'))
      await vault.remove(entryOf.device('b', 'ca.crt'))
      expect(await vault.list('devices')).toEqual(['a', 'c'])
    })
  })

  test('binary entries come back byte for byte, and lie there so', async () => {
    const folder = site()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const entries = [
      entryOf.device('a', 'client.p12'),
      entryOf.device('a', 'client-key.der'),
    ] as const
    await withVault(folder, recordingPurpose(), async vault => {
      for (const entry of entries) {
        await vault.writeSecret(entry, new Secret(bytes.toString('latin1')))
        expect(await readFile(join(folder, entry))).toEqual(bytes)
        expect((await stat(join(folder, entry))).mode & 0o777).toBe(0o600)
        const read = await vault.readSecret(entry)
        expect(Buffer.from(read?.reveal() ?? '', 'latin1')).toEqual(bytes)
      }
    })
  })

  test('what is not an entry is refused, whatever its type says', async () => {
    const folder = site()
    await writeFile(join(folder, '..', '..', 'client.key'), planted)
    const forged: Entry = 'devices/../../../client.key'
    await expect(readVault(folder).readSecret(forged)).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('a folder where a file should be is named', async () => {
    const folder = site()
    await mkdir(join(folder, 'authority', 'ca.key'), { recursive: true })
    await expect(readVault(folder).readSecret(entryOf.authority('ca.key'))).rejects.toMatchObject({
      code: 'VAULT_DAMAGED',
      at: join(folder, 'authority', 'ca.key'),
    })
  })
})

describe.each([0o000, 0o077])('made under umask %o', umask => {
  test('folders are 0700, files 0600, and all of it is kept out of git', async () => {
    const folder = site()
    const before = process.umask(umask)
    try {
      await withVault(folder, recordingPurpose(), fill)
    } finally {
      process.umask(before)
    }
    const entries = await readdir(join(folder, '..'), { recursive: true, withFileTypes: true })
    expect(entries.map(({ name }) => name)).toContain('ledger.jsonl')
    for (const entry of entries) {
      const { mode } = await stat(join(entry.parentPath, entry.name))
      expect(mode & 0o777, entry.name).toBe(entry.isDirectory() ? 0o700 : 0o600)
    }
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
    expect(entries.map(({ name }) => name)).not.toContain('lock')
  })
})

test.each<[string, number, number]>([
  ['.', 0o755, 0o700],
  ['authority/ca.key', 0o640, 0o600],
])('%s with mode %o is complained about, with the cure', async (path, mode, cure) => {
  const folder = site()
  await withVault(folder, recordingPurpose(), fill)
  await chmod(join(folder, path), mode)
  const [complaint, ...others] = await readVault(folder).complaints()
  expect(complaint).toContain(`run: chmod ${cure.toString(8)} ${join(folder, path)}`)
  expect(others).toEqual([])
})

test('a .gitignore of the person is left alone', async () => {
  const folder = site()
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, '.gitignore'), '# mine\n')
  await withVault(folder, recordingPurpose(), fill)
  expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('# mine\n')
})

describe('a planted secret', () => {
  test('is nowhere but in the files that are for it', async () => {
    const folder = site()
    const purpose = recordingPurpose()
    await withVault(folder, purpose, fill)
    const holders: string[] = []
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && (await readFile(path, 'utf8')).includes(planted))
        holders.push(entry.name)
    }
    // The positive control as well: the search does find it where it is.
    expect(holders.sort()).toEqual(['ca.key', 'password'])
    expect(JSON.stringify(purpose.events)).not.toContain(planted)
  })

  test('is not shown by what was read, nor by an error about its file', async () => {
    const folder = site()
    await withVault(folder, recordingPurpose(), async vault => {
      await fill(vault)
      const secret = await vault.readSecret(entryOf.authority('ca.key'))
      expect(secret?.reveal()).toBe(planted)
      await mkdir(join(folder, 'users', 'mqtt', 'hash'))
      const error = await vault
        .writeSecret(entryOf.user('mqtt', 'hash'), new Secret(planted))
        .catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'VAULT_UNWRITABLE' })
      const shown = [secret, vault, error].map(value =>
        inspect(value, { depth: 9, showHidden: true }),
      )
      expect(`${shown.join()}${JSON.stringify({ secret, error })}${String(secret)}`).not.toContain(
        planted,
      )
    })
  })
})
