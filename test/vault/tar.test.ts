import { Readable } from 'node:stream'
import fc from 'fast-check'
import { extract, type Header } from 'tar-stream'
import { expect, test } from 'vitest'
import { tarEnd, tarEntry, tarFiles } from '../../src/vault/tar.js'

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\/client\.(crt|key)$/)
const text = fc.oneof(fc.string({ maxLength: 2000 }), fc.constantFrom('', 'x'.repeat(512)))

test('what is written is read by the library, and by ourselves', async () => {
  const property = fc.asyncProperty(fc.array(fc.tuple(name, text)), async files => {
    const archive = Buffer.concat(files.map(([path, content]) => tarEntry(path, content)))
    expect([...tarFiles(archive)].map(file => [file.name, file.content.toString()])).toEqual(
      files.map(([path, content]) => [path, Buffer.from(content).toString()]),
    )
    const read = await unpack(Buffer.concat([archive, tarEnd]))
    expect(read).toEqual(
      files.map(([path, content]) => [path, Buffer.from(content).toString(), 0o600, 'file']),
    )
  })
  await fc.assert(property)
})

test('nothing after the end of an archive is read', () => {
  const archive = Buffer.concat([tarEntry('a', 'one'), tarEnd, tarEntry('b', 'two')])
  expect([...tarFiles(archive)].map(file => file.name)).toEqual(['a'])
})

async function unpack(archive: Buffer) {
  const files: (readonly [string, string, number | undefined, Header['type']])[] = []
  const stream = Readable.from([archive]).pipe(extract())
  for await (const entry of stream) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const { name: path, mode, type } = entry.header
    files.push([path, Buffer.concat(chunks).toString(), mode, type])
  }
  return files
}
