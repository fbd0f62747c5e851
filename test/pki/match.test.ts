import { createPublicKey, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { KeyAlgorithm } from '../../src/algorithm.js'
import { createAuthority } from '../../src/pki/authority.js'
import { issueCertificate } from '../../src/pki/issuance.js'
import { generateKey, privateKeyPem } from '../../src/pki/key.js'
import { isKeyOf } from '../../src/pki/match.js'
import { decodePem } from '../../src/pki/pem.js'
import { serialNumber } from '../../src/pki/serial.js'
import { isSignedBy } from '../../src/pki/signature.js'
import { Secret } from '../../src/secret.js'

const period = {
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2027-01-01T00:00:00Z'),
}

const authorityOf = (algorithm: KeyAlgorithm) =>
  createAuthority({
    commonName: 'Greenhouse CA',
    site: 'greenhouse',
    generation: 1,
    algorithm,
    ...period,
    serial: serialNumber(randomBytes(16)),
  })

describe.each<KeyAlgorithm>(['p256', 'p384', 'ed25519', 'rsa2048'])('%s', algorithm => {
  test('what belongs together is told from what does not', async () => {
    const [authority, other] = [await authorityOf(algorithm), await authorityOf(algorithm)]
    const [key, otherKey] = [await generateKey(algorithm), await generateKey(algorithm)]
    const pem = await issueCertificate(authority, {
      purpose: 'client',
      commonName: 'esp32-1',
      names: [],
      publicKey: key,
      ...period,
      serial: serialNumber(randomBytes(16)),
    })
    const der = decodePem('CERTIFICATE', pem) ?? Buffer.alloc(0)
    expect(isKeyOf(der, privateKeyPem(key))).toBe(true)
    expect(isKeyOf(der, privateKeyPem(otherKey))).toBe(false)
    expect(isKeyOf(der, privateKeyPem(key, new Secret('locked')))).toBeUndefined()
    expect(isKeyOf(der, 'no key at all')).toBe(false)
    expect(isSignedBy(der, createPublicKey(authority.certificate))).toBe(true)
    expect(isSignedBy(der, createPublicKey(other.certificate))).toBe(false)
    // The last byte of the subject's name, under the same signature.
    const changed = Buffer.from(der)
    changed.write('2', der.indexOf('esp32-1') + 6)
    expect(isSignedBy(changed, createPublicKey(authority.certificate))).toBe(false)
  })
})

test('a key in the older forms is told as well', async () => {
  const authority = await authorityOf('p256')
  const der = decodePem('CERTIFICATE', authority.certificate) ?? Buffer.alloc(0)
  const sec1 = authority.key.export({ format: 'pem', type: 'sec1' }).toString()
  expect(isKeyOf(der, sec1)).toBe(true)
})
