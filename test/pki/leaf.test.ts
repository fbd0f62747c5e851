import { createPublicKey, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, nth } from '../../src/pki/der.js'
import { generateKey, issueCertificate, serialNumber } from '../../src/pki/index.js'
import { leafEncoder } from '../../src/pki/leaf.js'
import { decodePem } from '../../src/pki/pem.js'
import { greenhouse } from './greenhouse.js'
import { libraryLeaf } from './library-leaf.js'

const algorithms = ['p256', 'p384', 'ed25519', 'rsa2048'] as const
const authorities = await Promise.all(
  algorithms.map(algorithm => greenhouse({ algorithm, notAfter: new Date('2099-12-31') })),
)
const keys = await Promise.all(algorithms.map(generateKey))

const commonName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 64 })
  .filter(text => !/\p{Cc}|\p{Cs}/u.test(text) && text.length <= 64)
const name = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('::', '::1', '1::', '2001:db8::0:1', '::ffff:192.0.2.1', '*.example.org'),
)
const serial = fc.oneof(
  fc.uint8Array({ minLength: 9, maxLength: 20 }).map(serialNumber),
  fc.constantFrom('80', '0080', '00FF00', 'FF'.repeat(20), '01'),
)
// UTCTime ends with 2049.
const time = fc.date({
  min: new Date('2026-01-01'),
  max: new Date('2060-01-01'),
  noInvalidDate: true,
})
const wanted = fc.record({
  purpose: fc.constantFrom('broker' as const, 'client' as const),
  commonName,
  names: fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
  publicKey: fc.constantFrom(...keys),
  notBefore: time,
  lifeSeconds: fc.integer({ min: 1, max: 10 ** 9 }),
  serial,
})

test('a leaf is byte for byte what @peculiar/x509 would make, and its signature verifies', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...authorities),
    wanted,
    async (authority, { lifeSeconds, ...rest }) => {
      const notAfter = new Date(rest.notBefore.getTime() + lifeSeconds * 1000)
      const leaf = { ...rest, notAfter }
      const made = parts(decodePem('CERTIFICATE', await issueCertificate(authority, leaf)))
      const oracle = await libraryLeaf(authority, leaf)
      const [content, algorithm] = parts(Buffer.from(oracle.rawData))
      expect(made[0].toString('hex')).toBe(content.toString('hex'))
      expect(made[1].toString('hex')).toBe(algorithm.toString('hex'))
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

test.each(algorithms.map((algorithm, index) => [algorithm, authorities[index]] as const))(
  'one signed by %s is verified by Node',
  async (_, authority) => {
    if (authority === undefined) throw new Error('no authority')
    const pem = await issueCertificate(authority, leafOf(keys[0]))
    const { X509Certificate } = await import('node:crypto')
    const issuer = new X509Certificate(authority.certificate)
    expect(new X509Certificate(pem).verify(createPublicKey(issuer.publicKey.export(spki)))).toBe(
      true,
    )
  },
)

const spki = { format: 'pem', type: 'spki' } as const

function leafOf(publicKey: KeyObject | undefined) {
  if (publicKey === undefined) throw new Error('no key')
  return {
    ...{ purpose: 'client' as const, commonName: 'esp32-001', names: [], publicKey },
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    serial: '4D01',
  }
}

/** Content, algorithm and signature of a certificate, each whole. */
function parts(der: Buffer | undefined): [Buffer, Buffer, Buffer] {
  const [content, algorithm, signature] = [0, 1, 2].map(
    index => nth(decode(nth(decode(der ?? Buffer.alloc(0)), 0).content), index).whole,
  )
  if (!content || !algorithm || !signature) throw new Error('no certificate')
  return [content, algorithm, signature]
}

test('one encoder makes leaves of every length as one made for each would', async () => {
  const authority = await greenhouse({ notAfter: new Date('2099-12-31') })
  const kind = { purpose: 'client', keyType: 'ec', names: [], ...period } as const
  const encodeMany = leafEncoder(authority, kind)
  const bytes = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map(array => Buffer.from(array))
  const leaf = fc.record({
    serial: fc.integer({ min: 9, max: 11 }).chain(bytes),
    commonName: fc.oneof(fc.stringMatching(/^[ä-ü]{3}$/), fc.stringMatching(/^[a-z]{5,7}$/)),
    publicKey: fc.integer({ min: 90, max: 91 }).chain(bytes),
    keyId: bytes(20),
  })
  const property = fc.property(leaf, one => {
    expect(encodeMany(one).toString('hex')).toBe(leafEncoder(authority, kind)(one).toString('hex'))
  })
  fc.assert(property, { numRuns: 300 })
})

const period = { notBefore: new Date('2026-01-01'), notAfter: new Date('2027-01-01') }
