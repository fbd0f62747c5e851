import 'reflect-metadata'
import { X509Certificate as LibraryCertificate } from '@peculiar/x509'
import fc from 'fast-check'
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  certificateFacts,
  generateKey,
  issueCertificate,
  serialNumber,
} from '../../src/pki/index.js'
import { canonicalName } from '../../src/pki/name.js'
import { greenhouse, sensor } from './greenhouse.js'

const authority = await greenhouse()
const deviceKey = await generateKey('p256')

test('the facts of a certificate agree with the library, and with Node, for any name and serial', async () => {
  const commonName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(printable)
  const names = fc.uniqueArray(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), { minLength: 1 })
  const serial = fc.oneof(
    fc.uint8Array({ minLength: 9, maxLength: 20 }).map(serialNumber),
    fc.constantFrom('80', '0080', '00FF00', 'FF'.repeat(20), '01'),
  )
  const property = fc.asyncProperty(commonName, names, serial, async (cn, sans, number) => {
    const wanted = { ...(await sensor({ publicKey: deviceKey })), commonName: cn, names: sans }
    const pem = await issueCertificate(authority, { ...wanted, serial: number })
    const facts = certificateFacts(pem)
    const oracle = new LibraryCertificate(pem)
    expect(facts.commonName).toBe(oracle.subjectName.getField('CN')[0])
    expect(facts.commonName).toBe(cn)
    expect(facts.names).toEqual(sans.map(canonicalName))
    expect(BigInt(`0x${facts.serial}`)).toBe(BigInt(`0x${number}`))
    expect(facts.serial).toBe(new X509Certificate(pem).serialNumber)
  })
  await fc.assert(property, { numRuns: 60 })
})

function printable(text: string): boolean {
  return !/\p{Cc}|\p{Cs}/u.test(text)
}
