import { Readable } from 'node:stream'
import { extract, type Header } from 'tar-stream'
import { expect, test } from 'vitest'
import { packFiles } from '../../src/hosts/archive.js'
import { Secret } from '../../src/secret.js'

test('packs each file under its path, for its owner alone, and a secret as what it is', async () => {
  const files = {
    'transaction.sh': 'echo "hello"\n',
    'files/broker.key': new Secret('PLANTED'),
    'files/empty': '',
    'files/grüße': 'zwölf € 🦟\n',
    // Longer than the 100 bytes that a plain header has room for.
    [`proof/${'long'.repeat(40)}`]: 'long',
  }
  const unpacked = await unpack(await packFiles(files))
  expect(unpacked.map(({ name, text }) => [name, text])).toEqual(
    Object.entries(files).map(([name, content]: [string, string | Secret]) => [
      name,
      content instanceof Secret ? content.reveal() : content,
    ]),
  )
  expect(new Set(unpacked.map(({ mode, type }) => `${String(mode)} ${type}`))).toEqual(
    new Set([`${String(0o600)} file`]),
  )
})

test('packs more than a stream holds at once', async () => {
  const text = 'x'.repeat(3_000_000)
  const unpacked = await unpack(await packFiles({ first: text, second: text }))
  expect(unpacked.map(each => each.text.length)).toEqual([text.length, text.length])
})

test('no files are an archive too', async () => {
  expect(await unpack(await packFiles({}))).toEqual([])
})

async function unpack(archive: Uint8Array) {
  const files: (Pick<Header, 'name' | 'mode' | 'type'> & { readonly text: string })[] = []
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const { name, mode, type } = entry.header
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    files.push({ name, mode, type, text: Buffer.concat(chunks).toString() })
  }
  return files
}
