import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { decodePem } from '../../src/pki/pem.js'
import {
  generateKey,
  keyAlgorithm,
  privateKeyPem,
  readPrivateKey,
  Secret,
} from '../../src/pki/index.js'

const passphrase = new Secret('correct hörse')
const key = await generateKey('p256')
const locked = privateKeyPem(key, passphrase)

test('a key of kind rsa2048 is what it says, and the same after its PEM', async () => {
  const made = await generateKey('rsa2048')
  expect(keyAlgorithm(made)).toBe('rsa2048')
  expect(readPrivateKey(privateKeyPem(made)).equals(made)).toBe(true)
})

test('a key that bednet encrypted is read', () => {
  expect(readPrivateKey(locked, passphrase).equals(key)).toBe(true)
})

test('encryption is PBES2 with 600,000 rounds of HMAC-SHA256, AES-256-CBC and fresh salts', () => {
  const hex = decodePem('ENCRYPTED PRIVATE KEY', locked)?.toString('hex')
  const rounds = '02030927c0'
  const hmacWithSha256 = '300c06082a864886f70d02090500'
  const aes256Cbc = '060960864801650304012a'
  expect(hex).toContain(`${rounds}${hmacWithSha256}`)
  expect(hex).toContain(aes256Cbc)
  expect(privateKeyPem(key, passphrase)).not.toBe(locked)
})

test('a wrong passphrase does not come out', () => {
  const poison = 'POISON-passphrase'
  const attempt = () => readPrivateKey(locked, new Secret(poison))
  expect(attempt).toThrow(
    expect.objectContaining({ code: 'SECRET_WRONG', hint: expect.any(String) as unknown }),
  )
  expect(attempt).toThrow(
    expect.toSatisfy((error: Error) => !inspect(error, { depth: 9 }).includes(poison)),
  )
})
