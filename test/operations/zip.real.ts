import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeArchive } from '../../src/operations/credential-archive.js'
import type { Portion } from '../../src/operations/credentials.js'
import { zipWriter } from '../../src/operations/zip.js'
import { tarEntry } from '../../src/vault/tar.js'
import { hasTool, runTool } from '../pki/tool.js'

const folder = mkdtempSync(join(tmpdir(), 'bednet-zip-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Every byte there is, and what deflates well. */
const binary = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const text = 'a certificate\n'.repeat(100)

async function* portions(): AsyncGenerator<Portion> {
  for (const name of ['esp32-1', 'esp32-2']) {
    const tar = Buffer.concat([
      tarEntry(`${name}/client.crt`, text),
      tarEntry(`${name}/client.p12`, binary),
    ])
    yield await Promise.resolve({ tar: () => tar })
  }
}

test.runIf(hasTool(['unzip', '-v']))(
  'unzip finds it whole, and puts it back with its modes',
  async () => {
    const file = join(folder, 'all.zip')
    await writeArchive(file, portions())
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(file).size).toBeLessThan(2 * (text.length + binary.length))
    expect(runTool(['unzip', '-t', file], {}).output).toContain('No errors detected')
    const into = join(folder, 'out')
    expect(runTool(['unzip', '-q', file, '-d', into], {})).toEqual({ status: 0, output: '' })
    for (const name of ['esp32-1', 'esp32-2']) {
      expect(readFileSync(join(into, name, 'client.crt'), 'utf8')).toBe(text)
      expect(readFileSync(join(into, name, 'client.p12'))).toEqual(binary)
      expect(statSync(join(into, name, 'client.p12')).mode & 0o777).toBe(0o600)
    }
  },
)

test('a failure half-way leaves what there was before', async () => {
  const file = join(folder, 'kept.zip')
  writeFileSync(file, 'before')
  const failing = async function* (): AsyncGenerator<Portion> {
    yield* portions()
    await Promise.reject(new Error('the disk is full'))
  }
  await expect(writeArchive(file, failing())).rejects.toThrow('kept.zip')
  expect(readFileSync(file, 'utf8')).toBe('before')
})

const look = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
names = archive.namelist()
last = archive.getinfo(names[-1])
print(len(names), len(set(names)), names[-1], archive.read(last).decode(), oct(last.external_attr >> 16), last.header_offset)
`

describe.runIf(hasTool(['python3', '-c', 'import zipfile']))('Python', () => {
  test.each([65_534, 65_535, 70_000])('counts %i files', count => {
    const { add, end } = zipWriter()
    const files = Array.from({ length: count }, (_, index) => ({
      name: `d${String(index)}/f`,
      content: Buffer.from(String(index)),
    }))
    const file = join(folder, `${String(count)}.zip`)
    writeFileSync(file, Buffer.concat([add(files.slice(0, 1000)), add(files.slice(1000)), end()]))
    const last = String(count - 1)
    const { output } = runTool(['python3', '-c', look, file], {})
    expect(output).toMatch(
      new RegExp(`^${String(count)} ${String(count)} d${last}/f ${last} 0o100600 `),
    )
  })

  test.each([0xffffffff - 1, 0xffffffff, 0x100000000])('finds what lies at byte %i', begin => {
    const file = join(folder, 'far.zip')
    writeFileSync(file, '')
    truncateSync(file, begin)
    const { add, end } = zipWriter(begin)
    const files = [
      { name: 'a/b', content: binary },
      { name: 'c/d', content: Buffer.from('far') },
    ]
    appendFileSync(file, Buffer.concat([add(files), end()]))
    const { output } = runTool(['python3', '-c', look, file], {})
    expect(output).toMatch(/^2 2 c\/d far 0o100600 /)
    expect(Number(output.trim().split(' ').at(-1))).toBeGreaterThan(begin)
  })
})
