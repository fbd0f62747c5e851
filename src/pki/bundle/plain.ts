import { BednetError } from '../../error.js'
import { decodePem } from '../pem.js'

/**
 * The DER of the first certificate in a PEM, or of its private key (PKCS#8) where it has no certificate.
 * A key that is encrypted stays so.
 * @throws BednetError CERTIFICATE_UNREADABLE where there is neither
 * @example
 * ```ts
 * import { generateKey, privateKeyPem, toDer } from 'bednet/pki'
 *
 * const key = await generateKey('p256')
 * toDer(privateKeyPem(key)).equals(key.export({ format: 'der', type: 'pkcs8' })) // => true
 * ```
 */
export function toDer(pem: string): Buffer {
  const der =
    decodePem('CERTIFICATE', pem) ??
    decodePem('PRIVATE KEY', pem) ??
    decodePem('ENCRYPTED PRIVATE KEY', pem)
  if (der !== undefined) return der
  throw new BednetError(
    'CERTIFICATE_UNREADABLE',
    'there is no certificate and no key in this PEM',
    {
      hint: 'it must hold a block that begins with "-----BEGIN CERTIFICATE-----" or "… PRIVATE KEY-----"',
    },
  )
}
