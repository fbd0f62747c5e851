import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BednetError } from '../../src/error.js'
import {
  decode,
  decodeTime,
  encode,
  encodeObjectId,
  encodeTime,
  encodeUnsigned,
  nth,
  tags,
} from '../../src/pki/der.js'

const hex = (bytes: Buffer) => bytes.toString('hex')

test.each([
  [0, '020100'],
  [127, '02017f'],
  [128, '02020080'],
  [256, '02020100'],
  [600_000, '02030927c0'],
  [Number.MAX_SAFE_INTEGER, '02071fffffffffffff'],
  [Buffer.from('0000', 'hex'), '020100'],
  [Buffer.from('00ff', 'hex'), '020200ff'],
])('the unsigned integer %s is %s', (value, expected) => {
  expect(hex(encodeUnsigned(value))).toBe(expected)
})

test.each([
  [0x7f, '047f'],
  [0x80, '048180'],
  [0xff, '0481ff'],
  [0x100, '04820100'],
  [0x10000, '0483010000'],
])('%i bytes are announced by %s and found again', (size, header) => {
  const encoded = encode(tags.octetString, Buffer.alloc(size))
  expect(hex(encoded).slice(0, header.length)).toBe(header)
  expect(nth(decode(encoded), 0).content).toHaveLength(size)
})

test.each([
  ['2.5.29.20', '0603551d14'],
  ['1.3.101.112', '06032b6570'],
  ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
  ['2.16.840.1.101.3.4.1.42', '060960864801650304012a'],
])('the object identifier %s is %s', (dotted, expected) => {
  expect(hex(encodeObjectId(dotted))).toBe(expected)
})

test.each([
  ['1999-12-31T23:59:59Z', tags.utcTime, '991231235959Z'],
  ['2049-12-31T23:59:59Z', tags.utcTime, '491231235959Z'],
  ['2050-01-01T00:00:00Z', tags.generalizedTime, '20500101000000Z'],
])('the time %s changes its form in 2050', (iso, tag, text) => {
  const element = nth(decode(encodeTime(new Date(iso))), 0)
  expect(element.tag).toBe(tag)
  expect(element.content.toString()).toBe(text)
  expect(decodeTime(element)).toEqual(new Date(iso))
})

describe('bytes from elsewhere', () => {
  test.each([
    ['a length past the end', '3005020101', 'ends early, after byte 0'],
    ['an indefinite length', '30800000', 'has a bad length at byte 0'],
    ['a length of five bytes', '30850000000001', 'has a bad length at byte 0'],
    ['a length that is cut off', '3082', 'ends early, after byte 0'],
    ['a tag alone', '30', 'ends early'],
  ])('%s is refused with its place', (_what, bytes, message) => {
    expect(() => decode(Buffer.from(bytes, 'hex'))).toThrow(message)
  })

  test('a time that is none is refused with its text', () => {
    const element = nth(decode(encode(tags.utcTime, Buffer.from('tomorrow'))), 0)
    expect(() => decodeTime(element)).toThrow('has "tomorrow" where a time must be')
  })

  test('a part that is not there is refused with its number', () => {
    expect(() => nth([], 2)).toThrow('lacks part 3')
  })

  test('any bytes are read whole or refused as CERTIFICATE_UNREADABLE', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        try {
          const whole = decode(Buffer.from(bytes)).map(element => element.whole)
          expect(Buffer.concat(whole)).toEqual(Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(BednetError)
          expect(error).toHaveProperty('code', 'CERTIFICATE_UNREADABLE')
        }
      }),
    )
  })
})
