import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BednetError } from '../../src/error.js'
import { writeNew, writeWhole, type Disk } from '../../src/vault/atomic.js'
import { scratchFolder } from './scratch.js'

const old = 'old\n'.repeat(1000)
const fresh = 'new\n'.repeat(3000)

// In the order in which a write takes them; "half" is a disk that fills up inside the content.
const steps = ['mkdir', 'rm', 'open', 'half', 'sync', 'close', 'rename', 'syncFolder'] as const

describe.each(steps)('the disk fails at %s', step => {
  test.each(['and works again', 'and stays dead, as for a killed process'])('%s', async after => {
    const path = join(scratchFolder(), 'ca.key')
    await writeWhole(path, old)
    const disk = failingDisk(step, after === 'and works again')
    await expect(writeWhole(path, fresh, disk)).rejects.toMatchObject({
      code: 'VAULT_UNWRITABLE',
      at: path,
    })
    expect([old, fresh]).toContain(await fs.readFile(path, 'utf8'))

    await writeWhole(path, fresh)
    expect(await fs.readFile(path, 'utf8')).toBe(fresh)
    expect(await fs.readdir(join(path, '..'))).toEqual(['ca.key'])
  })
})

test.each([0o000, 0o077, 0o022])('modes do not depend on umask %o', async umask => {
  const folder = scratchFolder()
  const before = process.umask(umask)
  try {
    await writeWhole(join(folder, 'site', 'authority', 'ca.key'), 'x')
  } finally {
    process.umask(before)
  }
  expect(await modeOf(join(folder, 'site'))).toBe(0o700)
  expect(await modeOf(join(folder, 'site', 'authority'))).toBe(0o700)
  expect(await modeOf(join(folder, 'site', 'authority', 'ca.key'))).toBe(0o600)
})

test('a file that was open to others is replaced by one that is not', async () => {
  const path = join(scratchFolder(), 'ca.key')
  await fs.writeFile(path, old, { mode: 0o644 })
  await writeWhole(path, fresh)
  expect(await modeOf(path)).toBe(0o600)
})

test('a link planted in the place of the temporary file is not written through', async () => {
  const folder = scratchFolder()
  await fs.writeFile(join(folder, 'elsewhere'), 'untouched')
  await fs.symlink(join(folder, 'elsewhere'), join(folder, '.ca.key.new'))
  await writeWhole(join(folder, 'ca.key'), fresh)
  expect(await fs.readFile(join(folder, 'elsewhere'), 'utf8')).toBe('untouched')
})

test('a new file is never one that exists', async () => {
  const path = join(scratchFolder(), 'lock')
  await fs.writeFile(path, old)
  await expect(writeNew(path, fresh)).rejects.toThrow('EEXIST')
  expect(await fs.readFile(path, 'utf8')).toBe(old)
})

test('a folder in the way is named, with a way out', async () => {
  const path = join(scratchFolder(), 'ca.key')
  await fs.mkdir(path)
  const error = await writeWhole(path, fresh).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(BednetError)
  expect(error).toMatchObject({
    code: 'VAULT_UNWRITABLE',
    at: path,
    hint: expect.any(String) as string,
  })
})

async function modeOf(path: string): Promise<number> {
  return (await fs.stat(path)).mode & 0o777
}

/** Does what the real disk does, up to one step that it refuses. */
function failingDisk(step: (typeof steps)[number], recovers: boolean): Disk {
  let isDead = false
  const perhaps = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const fails = name === step || isDead
    if (name === step) isDead = !recovers
    if (fails) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    return await work()
  }
  return {
    mkdir: (path, options) => perhaps('mkdir', () => fs.mkdir(path, options)),
    rm: (path, options) => perhaps('rm', () => fs.rm(path, options)),
    rename: (from, to) => perhaps('rename', () => fs.rename(from, to)),
    open: async (path, flags, mode) => {
      const isFolder = flags === 'r'
      const file = await perhaps(isFolder ? 'openFolder' : 'open', () => fs.open(path, flags, mode))
      return {
        writeFile: async content => {
          if (step === 'half') await file.writeFile(content.slice(0, content.length / 2))
          await perhaps('half', () => file.writeFile(content))
        },
        sync: () => perhaps(isFolder ? 'syncFolder' : 'sync', () => file.sync()),
        close: async () => {
          await file.close()
          await perhaps(isFolder ? 'closeFolder' : 'close', () => Promise.resolve())
        },
      }
    },
  }
}
