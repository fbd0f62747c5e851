/**
 * The archives that batches are: files of up to 8 GiB with short plain names, readable by their
 * owner, in the POSIX format (ustar). The library for tar is a stream and takes 20 times as long,
 * longer than the certificates themselves.
 */
export interface TarFile {
  readonly name: string
  readonly content: Buffer
}

/** One file as it stands in an archive: a header, the content, and zeros to a whole block. */
export function tarEntry(name: string, content: string | Buffer): Buffer {
  const entry = Buffer.allocUnsafe(entryBytes(content))
  putEntry(entry, name, content)
  return entry
}

interface TarBuilder {
  readonly add: (name: string, content: string | Buffer) => void
  /** All that was added, without an end; it stays as it is until the next is added. */
  readonly take: () => Buffer
}

/** Puts one archive together after the other, in the same memory. */
export function tarBuilder(): TarBuilder {
  let room = Buffer.alloc(0)
  let used = 0
  return {
    add: (name, content) => {
      const end = used + entryBytes(content)
      if (end > room.length) room = Buffer.concat([room], 2 * end)
      putEntry(room.subarray(used, end), name, content)
      used = end
    },
    take: () => {
      const whole = room.subarray(0, used)
      used = 0
      return whole
    },
  }
}

function entryBytes(content: string | Buffer): number {
  return blockBytes + Math.ceil(Buffer.byteLength(content) / blockBytes) * blockBytes
}

function putEntry(entry: Buffer, name: string, content: string | Buffer): void {
  const size = Buffer.byteLength(content)
  template.copy(entry)
  entry.write(name, 0, 'latin1')
  entry.write(octal(size, 11), fields.size, 'latin1')
  let sum = templateSum
  for (let at = 0; at < name.length; at++) sum += name.charCodeAt(at)
  for (let at = fields.size; at < fields.size + 11; at++) sum += entry[at] ?? 0
  entry.write(octal(sum, 6), fields.checksum, 'latin1')
  if (typeof content === 'string') entry.write(content, blockBytes, 'utf8')
  else content.copy(entry, blockBytes)
  entry.fill(0, blockBytes + size)
}

/** Two blocks of zeros, once and last: whatever follows them is not read. */
export const tarEnd = Buffer.alloc(1024)

/** The files of an archive that `tarEntry` wrote, with or without its end. */
export function* tarFiles(archive: Buffer): Generator<TarFile> {
  for (let at = 0; at < archive.length && archive[at] !== 0;) {
    const header = archive.subarray(at, at + blockBytes)
    const name = header.toString('latin1', 0, header.indexOf(0))
    const size = Number.parseInt(header.toString('latin1', fields.size, fields.size + 11), 8)
    const start = at + blockBytes
    yield { name, content: archive.subarray(start, start + size) }
    at = start + Math.ceil(size / blockBytes) * blockBytes
  }
}

const blockBytes = 512
/** POSIX.1-2017, pax, "ustar Interchange Format": where each field begins. */
const fields = { mode: 100, size: 124, time: 136, checksum: 148, type: 156, magic: 257 } as const

/** A checksum counts its own field as blanks. */
const template = Buffer.alloc(blockBytes)
template.write('0000600\0' + '0000000\0'.repeat(2), fields.mode, 'latin1')
template.write(octal(0, 11), fields.time, 'latin1')
template.write('        0', fields.checksum, 'latin1')
template.write('ustar\0' + '00', fields.magic, 'latin1')
const templateSum = template.reduce((sum, byte) => sum + byte, 0)

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`
}
