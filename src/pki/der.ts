import { BednetError } from '../error.js'

/**
 * Just enough DER (ITU-T X.690) for what the library of `x509.ts` does slowly or not at all:
 * revocation lists of 100,000 entries, leaves as many, encrypted keys, and reading without a heavy
 * import.
 */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** One tag with its content; `whole` is the same with tag and length before it. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
  readonly whole: Buffer
}

/** The parts, one after the other, under a tag and their length in bytes. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  return encodeMany(tag, parts)
}

/** As `encode`, for more parts than a call can have arguments. */
export function encodeMany(tag: number, parts: readonly Uint8Array[]): Buffer {
  let size = 0
  for (const part of parts) size += part.length
  // X.690 8.1.3: up to 127 the length itself, else how many bytes it takes, and these.
  const lengthSize = size < 0x80 ? 0 : Math.ceil((32 - Math.clz32(size)) / 8)
  const whole = Buffer.allocUnsafe(2 + lengthSize + size)
  whole[0] = tag
  whole[1] = lengthSize === 0 ? size : 0x80 | lengthSize
  if (lengthSize > 0) whole.writeUIntBE(size, 2, lengthSize)
  let at = 2 + lengthSize
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** An INTEGER that is never negative: a set high bit gets a zero byte before it, X.690 8.3. */
export function encodeUnsigned(value: number | Uint8Array): Buffer {
  const bytes = typeof value === 'number' ? bytesOf(value) : value
  const [highest = 0] = bytes
  if (highest > 0 && highest <= 0x7f) return encode(tags.integer, bytes)
  const first = bytes.findIndex(byte => byte !== 0)
  const magnitude = first === -1 ? Buffer.of(0) : bytes.subarray(first)
  const sign = (magnitude[0] ?? 0) > 0x7f ? Buffer.of(0) : Buffer.of()
  return encode(tags.integer, sign, magnitude)
}

/** An OBJECT IDENTIFIER from its dotted form: `2.5.29.20`. */
export function encodeObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encode(tags.objectId, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** Seconds precision. RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
export function encodeTime(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < 2050
    ? encode(tags.utcTime, Buffer.from(digits.slice(2)))
    : encode(tags.generalizedTime, Buffer.from(digits))
}

/** Reads UTCTime and GeneralizedTime as RFC 5280 allows them: in UTC, with seconds. */
export function decodeTime({ tag, content }: Element): Date {
  const text = content.toString('latin1')
  const century = tag === tags.utcTime ? (text < '50' ? '20' : '19') : ''
  const date = new Date(
    `${century}${text}`.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  )
  if (Number.isNaN(date.getTime())) throw damaged(`has "${text}" where a time must be`)
  return date
}

/**
 * The elements that stand one after the other in these bytes.
 * @throws BednetError CERTIFICATE_UNREADABLE where a length leads past the end
 */
export function decode(bytes: Buffer): readonly Element[] {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length;) {
    const element = decodeAt(bytes, at)
    elements.push(element)
    at += element.whole.length
  }
  return elements
}

/** The element at this place, which must be there. */
export function nth(elements: readonly Element[], index: number): Element {
  const element = elements[index]
  if (element === undefined) throw damaged(`lacks part ${String(index + 1)} of a structure`)
  return element
}

function decodeAt(bytes: Buffer, at: number): Element {
  const tag = bytes[at] ?? 0
  const first = bytes[at + 1] ?? 0
  const lengthSize = first > 0x7f ? first & 0x7f : 0
  // Four bytes count to 4 GiB; DER knows no indefinite length (0x80).
  if (first === 0x80 || lengthSize > 4) throw damaged(`has a bad length at byte ${String(at)}`)
  const start = at + 2 + lengthSize
  const size = lengthSize === 0 ? first : Number(`0x${bytes.toString('hex', at + 2, start)}`)
  if (!(start + size <= bytes.length)) throw damaged(`ends early, after byte ${String(at)}`)
  return {
    tag,
    content: bytes.subarray(start, start + size),
    whole: bytes.subarray(at, start + size),
  }
}

function bytesOf(value: number): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

function damaged(what: string): BednetError {
  return new BednetError('CERTIFICATE_UNREADABLE', `the certificate or revocation list ${what}`, {
    hint: 'the file is damaged: take it from a backup, or have it issued again',
  })
}
