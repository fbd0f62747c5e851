import { expect, test } from 'vitest'
import {
  encodePkcs12,
  encodeTrustStore,
  generateKey,
  issueCertificate,
  privateKeyPem,
  Secret,
  toDer,
} from '../../../src/pki/index.js'
import { greenhouse, sensor } from '../greenhouse.js'

const authority = await greenhouse()
const key = await generateKey('p256')
const chain = await issueCertificate(authority, await sensor({ publicKey: key }))
const passphrase = new Secret('correct horse')
const wanted = { kind: 'modern', friendlyName: 'esp32-001', chain, key, passphrase } as const

test.each([
  ['of no characters', '', 'SECRET_MISSING'],
  ['beyond ASCII', 'correct hörse', 'SECRET_WRONG'],
  ['with a line end in it', 'correct\nhorse', 'SECRET_WRONG'],
  ['that OpenSSL cuts off', 'a'.repeat(1025), 'SECRET_WRONG'],
])('a passphrase %s is refused, and not shown', async (_what, text, code) => {
  const refused = { ...wanted, passphrase: new Secret(text) }
  const expected = expect.objectContaining({ code, hint: expect.any(String) as unknown }) as unknown
  await expect(encodePkcs12(refused)).rejects.toThrow(expected)
  const store = { kind: 'legacy', authorities: authority.certificate } as const
  await expect(encodeTrustStore({ ...store, ...refused })).rejects.toThrow(expected)
  const shown = await encodePkcs12(refused).catch(String)
  expect(text !== '' && String(shown).includes(text)).toBe(false)
})

test("another certificate's key is refused", async () => {
  const other = { ...wanted, chain: `${authority.certificate}${chain}` }
  await expect(encodePkcs12(other)).rejects.toThrow(
    expect.objectContaining({ code: 'KEY_UNREADABLE' }) as Error,
  )
})

test('no certificate is refused', async () => {
  const none = { ...wanted, chain: 'none' }
  await expect(encodePkcs12(none)).rejects.toThrow(
    expect.objectContaining({ code: 'CERTIFICATE_UNREADABLE' }) as Error,
  )
  expect(() => toDer('none')).toThrow(expect.objectContaining({ code: 'CERTIFICATE_UNREADABLE' }))
})

test('DER is what the PEM holds: of a certificate, a key, and an encrypted key', () => {
  const pkcs8 = { format: 'pem', type: 'pkcs8' } as const
  const encryption = { cipher: 'aes-256-cbc', passphrase: 'correct horse' }
  const locked = key.export({ ...pkcs8, ...encryption }).toString()
  const base64 = (pem: string) => Buffer.from(pem.split('-----')[2] ?? '', 'base64')
  expect(toDer(chain)).toEqual(base64(chain))
  expect(toDer(privateKeyPem(key))).toEqual(key.export({ format: 'der', type: 'pkcs8' }))
  expect(toDer(locked)).toEqual(base64(locked))
})
