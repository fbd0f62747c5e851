import 'reflect-metadata'
import { X509Certificate as LibraryCertificate } from '@peculiar/x509'
import fc from 'fast-check'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  certificateFacts,
  generateKey,
  issueCertificate,
  serialNumber,
  type KeyAlgorithm,
} from '../../src/pki/index.js'
import { canonicalName } from '../../src/pki/name.js'
import { greenhouse, hub, sensor, year2026 } from './greenhouse.js'

const authority = await greenhouse()
const deviceKey = await generateKey('p256')
const algorithms: readonly KeyAlgorithm[] = ['p256', 'p384', 'rsa2048', 'ed25519']

const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'

test.each([
  { purpose: 'broker', algorithm: 'p256', extended: serverAuth, usageBits: '80' },
  { purpose: 'broker', algorithm: 'rsa2048', extended: serverAuth, usageBits: 'a0' },
  { purpose: 'client', algorithm: 'p384', extended: clientAuth, usageBits: '80' },
  { purpose: 'client', algorithm: 'rsa2048', extended: clientAuth, usageBits: 'a0' },
  { purpose: 'client', algorithm: 'ed25519', extended: clientAuth, usageBits: '80' },
] as const)('a $purpose with $algorithm may do what it is for', async row => {
  const wanted = await hub({ purpose: row.purpose }, row.algorithm)
  const pem = await issueCertificate(authority, wanted)
  const extensions = new Map(
    new LibraryCertificate(pem).extensions.map(({ type, critical, value }) => {
      return [type, [critical, Buffer.from(value).toString('hex')] as const]
    }),
  )
  expect(extensions.get('2.5.29.19')).toEqual([true, '3000'])
  expect(extensions.get('2.5.29.15')?.[0]).toBe(true)
  expect(extensions.get('2.5.29.15')?.[1].slice(-2)).toBe(row.usageBits)
  expect(new X509Certificate(pem).keyUsage).toEqual([row.extended])
})

test.each(algorithms)('what an authority with %s issues is signed by it', async algorithm => {
  const signer = await greenhouse({ algorithm })
  const pem = await issueCertificate(signer, await sensor())
  const issuer = new X509Certificate(signer.certificate)
  const leaf = new X509Certificate(pem)
  expect(leaf.verify(issuer.publicKey)).toBe(true)
  expect(leaf.checkIssued(issuer)).toBe(true)
})

describe('the facts of a certificate', () => {
  test('are those it was made with', async () => {
    const wanted = await hub({ names: ['Hub.Local', '192.0.2.10', '2001:DB8::0:10'] }, 'p384')
    expect(certificateFacts(await issueCertificate(authority, wanted))).toEqual({
      commonName: 'mqtt.example.org',
      subject: 'CN=mqtt.example.org',
      issuer: 'O=greenhouse, OU=authority generation 1, CN=Greenhouse CA',
      serial: '4D000000000000000000000000000001',
      ...year2026,
      names: ['hub.local', '192.0.2.10', '2001:db8::10'],
      algorithm: 'p384',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      subjectKeyId: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      authorityKeyId: certificateFacts(authority.certificate).subjectKeyId,
      isAuthority: false,
    })
  })

  test('agree with the library, and with Node, for any name and serial', async () => {
    const commonName = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter(printable)
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

  test.each([
    ['no certificate', 'hello'],
    ['half a certificate', authority.certificate.slice(0, 300)],
    ['a certificate whose bytes are not one', authority.certificate.replace('\nMII', '\nAAA')],
  ])('are not had from %s', (_what, pem) => {
    expect(() => certificateFacts(pem)).toThrow('this is no certificate in PEM')
  })
})

describe('the facts of certificates that others made', () => {
  const absent = { subjectKeyId: undefined, authorityKeyId: undefined }

  test.each([
    [
      'version1.crt',
      {
        commonName: 'old.example.org',
        subject: 'O=Old Works, CN=old.example.org',
        serial: 'A1',
        names: [],
        algorithm: 'p256',
        isAuthority: false,
        ...absent,
      },
    ],
    [
      'names.crt',
      {
        commonName: 'Hub, "old"',
        serial: '07',
        names: ['hub.local', '192.0.2.7'],
        algorithm: undefined,
        isAuthority: true,
        ...absent,
      },
    ],
  ])('%s', (file, facts) => {
    expect(certificateFacts(foreign(file))).toMatchObject(facts)
  })
})

test('a date beyond 2049 stays what it is', async () => {
  const notAfter = new Date('2061-02-03T04:05:06Z')
  expect(certificateFacts((await greenhouse({ notAfter })).certificate).notAfter).toEqual(notAfter)
})

test('a certificate ends with its authority at the latest', async () => {
  const pem = await issueCertificate(authority, await sensor({ notAfter: new Date('2099-01-01') }))
  expect(certificateFacts(pem).notAfter).toEqual(new Date('2036-01-01T00:00:00Z'))
})

test('the public key of a pair is enough', async () => {
  const wanted = await sensor({ publicKey: createPublicKey(deviceKey) })
  expect(
    new X509Certificate(await issueCertificate(authority, wanted)).checkPrivateKey(deviceKey),
  ).toBe(true)
})

test.each([
  ['a broker without names', { names: [] }, 'the broker "mqtt.example.org" has no name'],
  ['a name that is none', { names: ['hub', 'a b'] }, '"a b" is neither a DNS name nor an IP'],
  ['a common name of 65', { commonName: 'x'.repeat(65) }, 'cannot stand in a certificate'],
  ['a serial in words', { serial: 'one' }, '"one" is not a serial number'],
  ['a serial of 21 bytes', { serial: '01'.repeat(21) }, 'is not a serial number'],
  ['a start after the end', { notBefore: new Date('2050-01-01') }, 'is never valid'],
])('%s is refused as USAGE', async (_what, changes, message) => {
  const outcome = issueCertificate(authority, await hub(changes))
  await expect(outcome).rejects.toThrow(message)
  await expect(outcome).rejects.toMatchObject({ code: 'USAGE' })
})

test('no file loads the slow library unless a certificate is to be made', () => {
  const room = new URL('../../src/pki/', import.meta.url)
  const eager = readdirSync(room).filter(file => {
    return /^(import|export) .*(x509\.js|@peculiar)/m.test(
      readFileSync(new URL(file, room), 'utf8'),
    )
  })
  expect(eager).toEqual([])
  expect(readFileSync(new URL('issuance.ts', room), 'utf8')).toContain("import('./x509.js')")
})

function foreign(file: string): string {
  return readFileSync(new URL(`foreign/${file}`, import.meta.url), 'utf8')
}

function printable(text: string): boolean {
  return !/\p{Cc}|\p{Cs}/u.test(text)
}
