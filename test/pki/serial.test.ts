import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexSerial, serialBytes, serialNumber } from '../../src/pki/serial.js'

test('any 9 to 20 random bytes make a positive serial of that length, their other bits kept', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 9, maxLength: 20 }), random => {
      const serial = serialBytes(serialNumber(random))
      expect(serial).toHaveLength(random.length)
      expect(serial[0]).toBeGreaterThanOrEqual(0x40)
      expect(serial[0]).toBeLessThan(0x80)
      expect(serial.subarray(1)).toEqual(Buffer.from(random.subarray(1)))
    }),
  )
})

test.each([8, 21])('%i bytes are refused', count => {
  expect(() => serialNumber(new Uint8Array(count))).toThrow(
    `${String(count)} bytes cannot make a serial number`,
  )
})

test.each([
  ['00', '00'],
  ['0001', '01'],
  ['000080', '80'],
  ['0a00ff', '0A00FF'],
])('the bytes %s are spelled %s', (bytes, serial) => {
  expect(hexSerial(Buffer.from(bytes, 'hex'))).toBe(serial)
})

test.each(['', 'abc', '0x1f', '-1', '1f 2e', '00', '0000', '4D'.repeat(21)])(
  'the serial "%s" is refused with its value',
  serial => {
    expect(() => serialBytes(serial)).toThrow(`"${serial}" is not a serial number`)
  },
)
