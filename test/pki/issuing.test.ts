import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyAlgorithms } from '../../src/algorithm.js'
import { pathLengthOf } from '../../src/pki/certificate.js'
import {
  certificateFacts,
  createAuthority,
  intermediates,
  issueCertificate,
  rootOf,
} from '../../src/pki/index.js'
import { nameConstraints } from '../../src/pki/name-constraints.js'
import { greenhouse, sensor, year2026 } from './greenhouse.js'

const wanted = {
  commonName: 'Greenhouse issuing CA',
  site: 'greenhouse',
  generation: 1,
  algorithm: 'p256',
  ...year2026,
  serial: '4D00000000000000000000000000CA02',
} as const

const root = await greenhouse({ pathLength: 1 })

test('an issuing authority is signed by its root, and signs leaves alone', async () => {
  const issuing = await createAuthority(wanted, root)
  const [own, above] = [certificateFacts(issuing.certificate), certificateFacts(root.certificate)]
  expect(own).toMatchObject({ issuer: above.subject, authorityKeyId: above.subjectKeyId })
  expect([pathLengthOf(root.certificate), pathLengthOf(issuing.certificate)]).toEqual([1, 0])
  expect(isSignedBy(issuing.certificate, root.certificate)).toBe(true)
  const leaf = await issueCertificate(issuing, await sensor())
  expect(isSignedBy(leaf, issuing.certificate)).toBe(true)
  expect(isSignedBy(leaf, root.certificate)).toBe(false)
  await expect(createAuthority(wanted, issuing)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('may sign leaves and no authority') as unknown,
  })
})

test('what stands between a leaf and its root is shown, and the root is not', async () => {
  const issuing = await createAuthority(wanted, root)
  expect(intermediates(issuing)).toBe(issuing.certificate)
  expect(rootOf(issuing)).toBe(root.certificate)
  expect([intermediates(root), rootOf(root)]).toEqual(['', root.certificate])
})

test('it ends no later than the root', async () => {
  const issuing = await createAuthority({ ...wanted, notAfter: new Date('2090-01-01') }, root)
  expect(certificateFacts(issuing.certificate).notAfter).toEqual(
    certificateFacts(root.certificate).notAfter,
  )
})

const small = keyAlgorithms.filter(algorithm => !/rsa[34]/.test(algorithm))

test.each(small)('a root of %s signs one of every other kind', async algorithm => {
  const signer = await greenhouse({ algorithm, pathLength: 1 })
  for (const below of small) {
    const issuing = await createAuthority({ ...wanted, algorithm: below }, signer)
    expect(isSignedBy(issuing.certificate, signer.certificate)).toBe(true)
  }
})

test.each([
  ['a domain', ['example.org'], '3011a00f300d820b6578616d706c652e6f7267'],
  ['a block of IPv4', ['192.0.2.0/24'], '300ea00c300a8708c0000200ffffff00'],
  ['a block that ends within a byte', ['10.16.0.0/12'], '300ea00c300a87080a100000fff00000'],
])('name constraints permit %s', (_what, permitted, hex) => {
  expect(nameConstraints(permitted).toString('hex')).toBe(hex)
})

test('a mask has as many ones as the block says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 128 }), length => {
      const mask = nameConstraints([`2001:db8::/${String(length)}`]).subarray(-16)
      const bits = [...mask].map(byte => byte.toString(2).padStart(8, '0')).join('')
      expect(bits).toBe('1'.repeat(length).padEnd(128, '0'))
    }),
  )
})

function isSignedBy(certificate: string, authority: string): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey)
}
