import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keepCode, keptCode } from '../../src/cli/kept-code.js'

const code = Buffer.from('compiled')
const kept = { build: 'main-1.cjs', use: 'check' }
let cache: string
const environment = () => ({ XDG_CACHE_HOME: cache })
const folder = () => join(cache, 'bednet')
const file = () => join(folder(), 'main-1.cjs-check')

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'bednet-cache-'))
})
afterEach(() => {
  rmSync(cache, { recursive: true })
})

test('what was kept is there, for this build and this use alone', () => {
  keepCode(kept, code, environment())
  expect(keptCode(kept, environment())).toEqual(code)
  expect(keptCode({ ...kept, use: 'up' }, environment())).toBeUndefined()
  expect(keptCode({ ...kept, build: 'main-2.cjs' }, environment())).toBeUndefined()
})

test('what other builds have kept goes when something is kept', () => {
  keepCode(kept, code, environment())
  keepCode({ build: 'main-2.cjs', use: 'up' }, code, environment())
  expect(readdirSync(folder())).toEqual(['main-2.cjs-up'])
})

test('HOME is where it goes without XDG_CACHE_HOME', () => {
  keepCode(kept, code, { HOME: cache })
  expect(readdirSync(join(cache, '.cache/bednet'))).toEqual(['main-1.cjs-check'])
})

describe('code that somebody else can have written is not run', () => {
  const doors: [string, () => void][] = [
    [
      'the folder is open to its group',
      () => {
        chmodSync(folder(), 0o770)
      },
    ],
    [
      'the folder is open to all',
      () => {
        chmodSync(folder(), 0o707)
      },
    ],
    [
      'the file is open to all',
      () => {
        chmodSync(file(), 0o606)
      },
    ],
    [
      'the folder is a link',
      () => {
        renameSync(folder(), join(cache, 'elsewhere'))
        symlinkSync('elsewhere', folder())
      },
    ],
    [
      'the file is a link',
      () => {
        renameSync(file(), join(cache, 'elsewhere'))
        symlinkSync('../elsewhere', file())
      },
    ],
    [
      'the file is a folder',
      () => {
        rmSync(file())
        mkdirSync(file())
      },
    ],
  ]
  test.each(doors)('%s', (_, open) => {
    keepCode(kept, code, environment())
    expect(keptCode(kept, environment())).toEqual(code)
    open()
    expect(keptCode(kept, environment())).toBeUndefined()
  })

  test.runIf(process.geteuid?.() === 0).each([folder, file])('%o is somebody else’s', path => {
    keepCode(kept, code, environment())
    chownSync(path(), 65_534, 65_534)
    expect(keptCode(kept, environment())).toBeUndefined()
  })

  test.runIf(process.geteuid?.() === 0)('nor where another user can put another folder', () => {
    keepCode(kept, code, environment())
    chownSync(cache, 65_534, 65_534)
    expect(keptCode(kept, environment())).toBeUndefined()
    rmSync(folder(), { recursive: true })
    keepCode(kept, code, environment())
    expect(readdirSync(cache)).toEqual([])
  })

  test('and none is put into such a folder', () => {
    mkdirSync(folder())
    chmodSync(folder(), 0o777)
    keepCode(kept, code, environment())
    expect(readdirSync(folder())).toEqual([])
  })
})
