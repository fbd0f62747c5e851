import { BednetError } from '../error.js'

/** RFC 5280 4.1.2.2 allows 20 bytes; CA/Browser Forum BR 7.1 asks for at least 64 random bits. */
const minBytes = 9
const maxBytes = 20

/**
 * A serial number from 9 to 20 random bytes, 16 being usual: upper-case hex, two digits a byte, as
 * OpenSSL prints it. Two of the bits are fixed, so that it is positive and its length is always the
 * same; the rest stay random.
 * @throws BednetError USAGE for too few or too many bytes
 * @example
 * ```ts
 * import { randomBytes } from 'node:crypto'
 * import { serialNumber } from 'bednet/pki'
 *
 * serialNumber(randomBytes(16)).length // => 32
 * serialNumber(new Uint8Array(16)) // => '40000000000000000000000000000000'
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
 */
export function serialNumber(random: Uint8Array): string {
  if (random.length < minBytes || random.length > maxBytes) {
    throw new BednetError('USAGE', `${String(random.length)} bytes cannot make a serial number`, {
      hint: `give ${String(minBytes)} to ${String(maxBytes)} random bytes, usually 16`,
    })
  }
  const bytes = Buffer.from(random)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return hexSerial(bytes)
}

/** The one spelling of a serial: no leading zero byte, so equal numbers are equal strings. */
export function hexSerial(bytes: Buffer): string {
  return bytes
    .toString('hex')
    .toUpperCase()
    .replace(/^(00)+(?=..)/, '')
}

/**
 * A serial's bytes, from hex in either case.
 * @throws BednetError USAGE where it is not hex of whole bytes, zero, or past RFC 5280's 20 bytes
 */
export function serialBytes(serial: string): Buffer {
  const isHex = /^([0-9a-f]{2})+$/i.test(serial) && /[1-9a-f]/i.test(serial)
  if (!isHex || serial.length > 2 * maxBytes) {
    throw new BednetError('USAGE', `"${serial}" is not a serial number`, {
      hint: 'write it in hex with two digits a byte, as "openssl x509 -noout -serial" prints it',
    })
  }
  return Buffer.from(serial, 'hex')
}
