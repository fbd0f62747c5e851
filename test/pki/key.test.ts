import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { keyAlgorithms } from '../../src/algorithm.js'
import { BednetError } from '../../src/error.js'
import {
  generateKey,
  keyAlgorithm,
  privateKeyPem,
  readPrivateKey,
  refuseEncrypted,
  Secret,
} from '../../src/pki/index.js'

const passphrase = new Secret('correct hörse')
const key = await generateKey('p256')
// By Node, with 2,048 rounds: bednet's own 600,000 take a while, and key.real.ts has them.
const lockedBy = { cipher: 'aes-256-cbc', passphrase: passphrase.reveal() }
const locked = key.export({ format: 'pem', type: 'pkcs8', ...lockedBy }).toString()

// RSA keys take longer to make: key.real.ts has one, stacks.real.ts the larger ones.
const quickly = keyAlgorithms.filter(algorithm => !algorithm.startsWith('rsa'))

test.each(quickly)('a key of kind %s is what it says, and the same after its PEM', async kind => {
  const made = await generateKey(kind)
  expect(keyAlgorithm(made)).toBe(kind)
  expect(readPrivateKey(privateKeyPem(made)).equals(made)).toBe(true)
})

test.each([
  ['sec1', key.export({ format: 'pem', type: 'sec1' })],
  ['pkcs8, encrypted', locked],
  ['sec1, encrypted', legacyPem()],
  ['pkcs8 after other text', `Bag Attributes\n  friendlyName: hub\n${privateKeyPem(key)}`],
])('a key in %s is read', (_form, pem) => {
  expect(readPrivateKey(pem.toString(), passphrase).equals(key)).toBe(true)
})

const unusable = [
  [
    'an RSA key of 1,024 bits',
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
    'rsa 1024 bits',
  ],
  ['a Bitcoin key', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'ec secp256k1'],
  ['a key that cannot sign', generateKeyPairSync('x25519'), 'x25519'],
] as const

test.each(unusable)('%s is refused by its kind', (_what, { privateKey }, kind) => {
  expect(keyAlgorithm(privateKey)).toBeUndefined()
  expect(failure(() => readPrivateKey(privateKeyPem(privateKey)))).toMatchObject({
    code: 'KEY_UNREADABLE',
    message: `a key of kind "${kind}" cannot be used`,
  })
})

describe('what is secret does not come out', () => {
  const poison = 'POISON-passphrase'
  const [header = '', body = ''] = privateKeyPem(key).split('\n')
  const broken = `${header}\n${body}\n`
  const attempts = [
    ['KEY_UNREADABLE', 'no key', () => readPrivateKey(`${body}${poison}`)],
    ['KEY_UNREADABLE', 'half a key', () => readPrivateKey(broken)],
    ['SECRET_MISSING', 'no passphrase', () => readPrivateKey(locked)],
    ['SECRET_WRONG', 'a wrong one', () => readPrivateKey(locked, new Secret(poison))],
    ['SECRET_WRONG', 'too long', () => privateKeyPem(key, new Secret(poison.repeat(64)))],
    ['SECRET_MISSING', 'an empty one', () => privateKeyPem(key, new Secret(''))],
    [
      'KEY_UNREADABLE',
      'an encrypted key',
      () => {
        refuseEncrypted(locked, 'server.key')
      },
    ],
  ] as const

  test.each(attempts)('of %s for %s', (code, _what, attempt) => {
    const error = failure(attempt)
    expect(error.code).toBe(code)
    expect(error.hint).toBeDefined()
    expect(leaks(error)).toBe(false)
  })

  test('an error that did tell would be seen', () => {
    expect(leaks(new BednetError('KEY_UNREADABLE', `bad: ${body}`))).toBe(true)
    expect(leaks(new BednetError('SECRET_WRONG', 'no', { cause: new Error(poison) }))).toBe(true)
  })

  test('of a key that is printed', () => {
    const shown = `${inspect(key, { depth: 9 })}${JSON.stringify(key)}`
    expect(shown).not.toContain(body.slice(40))
    expect(shown).not.toContain(
      key.export({ format: 'der', type: 'pkcs8' }).toString('hex', 36, 68),
    )
  })

  function leaks(error: BednetError): boolean {
    const lines = [body, locked.split('\n')[1] ?? body, poison]
    const told = inspect(error, { depth: 9 }) + JSON.stringify(error) + String(error.hint)
    return lines.some(line => told.includes(line))
  }
})

describe("a broker's key", () => {
  test.each([
    ['PKCS#8', locked],
    ['the older form', legacyPem()],
  ])('encrypted in %s is refused with what the broker would say', (_form, pem) => {
    const error = failure(() => {
      refuseEncrypted(pem, 'keys/hub.key')
    })
    expect(error).toMatchObject({ code: 'KEY_UNREADABLE', at: 'keys/hub.key' })
    expect(error.message).toContain('Unable to load server key file "keys/hub.key". Check keyfile.')
    expect(error.message).toContain('problems getting password')
    expect(error.hint).toContain('openssl pkey -in keys/hub.key')
  })

  test.each([privateKeyPem(key), 'no key at all'])('that is not encrypted passes', pem => {
    refuseEncrypted(pem, 'keys/hub.key')
  })
})

function legacyPem(): string {
  return key.export({ format: 'pem', type: 'sec1', ...lockedBy }).toString()
}

function failure(attempt: () => unknown): BednetError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof BednetError) return error
    throw error
  }
  throw new Error('it did not fail')
}
