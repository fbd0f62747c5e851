import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Secret } from '../../src/secret.js'
import { emptyHead, extendChain, type Head } from '../../src/vault/chain.js'
import { hashesEntry, batchEntry, entryNamed, isBinary, modes } from '../../src/vault/layout.js'
import type { LedgerEntry } from '../../src/vault/ledger.js'
import type { Vault } from '../../src/vault/vault.js'
import { today } from './today.js'

/** A vault without a disk, which spares each write its three fsyncs. */
export interface MemoryVault extends Vault {
  /** By the name of the entry; a test may damage it. */
  readonly files: Map<string, string>
  readonly lines: LedgerEntry[]
  /** Batches by their number. */
  readonly archives: Map<number, Uint8Array>
  /** Another one with the same in it. */
  copy(): MemoryVault
  /** Puts it on disk, as `readVault` finds it. */
  save(folder: string): Promise<void>
}

interface Content {
  readonly archives?: ReadonlyMap<number, Uint8Array>
  readonly files: ReadonlyMap<string, string>
  readonly lines: readonly LedgerEntry[]
  readonly head: Head
}

export function memoryVault(content: Content = { files: new Map(), lines: [], head: emptyHead }) {
  const files = new Map(content.files)
  const lines = [...content.lines]
  const archives = new Map(content.archives)
  let { head } = content
  const text = (entry: string) => Promise.resolve(files.get(entryNamed(entry)))
  const put = (entry: string, value: string) => {
    files.set(entryNamed(entry), value)
    return Promise.resolve()
  }
  const vault: MemoryVault = {
    files,
    lines,
    archives,
    folder: '/greenhouse/.bednet/greenhouse',
    read: text,
    readSecret: async entry => {
      const value = await text(entry)
      return value === undefined ? undefined : new Secret(value)
    },
    readBatch: number => Promise.resolve(archives.get(number) ?? new Uint8Array()),
    readHashes: batch => Promise.resolve(new Secret(files.get(hashesEntry(batch)) ?? '')),
    writeHashes: (batch, lines) =>
      Promise.resolve(void files.set(hashesEntry(batch), lines.reveal())),
    batches: () => Promise.resolve([...archives.keys()]),
    writeBatch: (number, content) => Promise.resolve(void archives.set(number, content)),
    list: () => Promise.reject(new Error('nothing lists a vault here')),
    ledger: () => Promise.resolve({ entries: [...lines], notices: [] }),
    complaints: () => Promise.resolve([]),
    write: put,
    writeSecret: (entry, secret) => put(entry, secret.reveal()),
    remove: entry => Promise.resolve(void files.delete(entryNamed(entry))),
    append: acts => {
      const group = extendChain(head, acts, today)
      head = group.head
      lines.push(...group.entries)
      return Promise.resolve(group.entries)
    },
    copy: () => memoryVault({ files, lines, head, archives }),
    save: folder => save({ files, lines, head, archives }, folder),
  }
  return vault
}

async function save({ files, lines, head, archives }: Content, folder: string): Promise<void> {
  const put = async (name: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: modes.folder })
    await writeFile(join(folder, name), content, { mode: modes.file })
  }
  for (const [name, text] of files)
    await put(name, Buffer.from(text, isBinary(entryNamed(name)) ? 'latin1' : 'utf8'))
  for (const [number, content] of archives ?? []) await put(batchEntry(number), content)
  await put('ledger.jsonl', lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  await put('ledger.head', `${String(head.seq).padStart(12)} ${head.sha256}\n`)
}
