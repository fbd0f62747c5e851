import { crc32, deflateRawSync } from 'node:zlib'
import type { TarFile } from '../vault/tar.js'

/** Writes a zip, one portion after the other, and remembers of each file only its line in the directory. */
interface ZipWriter {
  /** The files as they stand in the archive. */
  readonly add: (files: Iterable<TarFile>) => Buffer
  /** The directory, once and last. */
  readonly end: () => Buffer
}

/**
 * Files that their owner alone can read, with plain names, deflated: APPNOTE.TXT of PKWARE 6.3, with ZIP64
 * where there are more than 65,534 files or 4 GiB. Libraries make a stream for each file, which takes
 * longer than its certificate, and none of those that are small writes ZIP64.
 * @param begin where in its file the archive begins, in bytes
 */
export function zipWriter(begin = 0): ZipWriter {
  const directory: Buffer[] = []
  let count = 0
  let size = begin
  return {
    add: files => {
      const bodies: Buffer[] = []
      const lines: Buffer[] = []
      for (const { name, content } of files) {
        const entry = { name: Buffer.from(name, 'latin1'), ...packed(content), offset: size }
        lines.push(directoryLine(entry))
        const header = localHeader(entry)
        bodies.push(header, entry.deflated)
        size += header.length + entry.deflated.length
        count++
      }
      directory.push(Buffer.concat(lines))
      return Buffer.concat(bodies)
    },
    end: () => {
      const lines = Buffer.concat(directory)
      return Buffer.concat([lines, endOf({ count, bytes: lines.length, offset: size })])
    },
  }
}

interface ZipEntry {
  readonly name: Buffer
  readonly deflated: Buffer
  readonly checksum: number
  /** Before it was deflated. */
  readonly size: number
  /** Where in the archive its local header begins. */
  readonly offset: number
}

/** APPNOTE 4.4.2 and 4.4.3: made on Unix; 2.0 has deflate, 4.5 ZIP64. */
const unix = 3 << 8
const versions = { deflate: 20, zip64: 45 } as const
const deflate = 8
/** The first day that a zip knows. */
const firstOfJanuary1980 = (1 << 5) | 1
/** In the upper half of the attributes, as Unix has it: a plain file, mode 0600. */
const ownerOnly = 0o100600 * 0x10000
const most16 = 0xffff
const most32 = 0xffffffff

/** Of zlib's memory what files of a few kB can use: to clear the rest takes as long again. */
const smallFiles = { level: 1, windowBits: 12, memLevel: 5, chunkSize: 2048 } as const

function packed(content: Buffer): Pick<ZipEntry, 'deflated' | 'checksum' | 'size'> {
  const deflated = deflateRawSync(content, smallFiles)
  return { deflated, checksum: crc32(content), size: content.length }
}

function localHeader({ name, ...entry }: ZipEntry): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  writeFacts(header.subarray(4), { name, ...entry })
  return Buffer.concat([header, name])
}

function directoryLine({ name, offset, ...entry }: ZipEntry): Buffer {
  const isFar = offset >= most32
  const line = Buffer.alloc(46)
  line.writeUInt32LE(0x02014b50, 0)
  line.writeUInt16LE(unix | versions.zip64, 4)
  writeFacts(line.subarray(6), { name, offset, ...entry })
  if (isFar) line.writeUInt16LE(12, 30)
  line.writeUInt32LE(ownerOnly, 38)
  line.writeUInt32LE(isFar ? most32 : offset, 42)
  return Buffer.concat([line, name, isFar ? farOffset(offset) : Buffer.of()])
}

/** What the local header and the directory say alike, APPNOTE 4.3.7 and 4.3.12. */
function writeFacts(to: Buffer, { name, deflated, checksum, size, offset }: ZipEntry): void {
  to.writeUInt16LE(offset >= most32 ? versions.zip64 : versions.deflate, 0)
  to.writeUInt16LE(deflate, 4)
  to.writeUInt16LE(firstOfJanuary1980, 8)
  to.writeUInt32LE(checksum, 10)
  to.writeUInt32LE(deflated.length, 14)
  to.writeUInt32LE(size, 18)
  to.writeUInt16LE(name.length, 22)
}

/** The extra field of ZIP64, APPNOTE 4.5.3. */
function farOffset(offset: number): Buffer {
  const field = Buffer.alloc(12)
  field.writeUInt16LE(0x0001, 0)
  field.writeUInt16LE(8, 2)
  field.writeBigUInt64LE(BigInt(offset), 4)
  return field
}

interface Directory {
  readonly count: number
  readonly bytes: number
  readonly offset: number
}

/** APPNOTE 4.3.16, with 4.3.14 and 4.3.15 before it where a number does not fit. */
function endOf({ count, bytes, offset }: Directory): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, most16), 8)
  end.writeUInt16LE(Math.min(count, most16), 10)
  end.writeUInt32LE(Math.min(bytes, most32), 12)
  end.writeUInt32LE(Math.min(offset, most32), 16)
  const isLarge = count >= most16 || bytes >= most32 || offset >= most32
  return isLarge ? Buffer.concat([largeEndOf({ count, bytes, offset }), end]) : end
}

function largeEndOf({ count, bytes, offset }: Directory): Buffer {
  const end = Buffer.alloc(56 + 20)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(unix | versions.zip64, 12)
  end.writeUInt16LE(versions.zip64, 14)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(bytes), 40)
  end.writeBigUInt64LE(BigInt(offset), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(offset + bytes), 64)
  end.writeUInt32LE(1, 72)
  return end
}
