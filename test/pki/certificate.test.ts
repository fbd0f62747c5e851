import { createPublicKey, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { certificateFacts, generateKey, issueCertificate } from '../../src/pki/index.js'
import { greenhouse, hub, sensor, year2026 } from './greenhouse.js'

const authority = await greenhouse()
const deviceKey = await generateKey('p256')

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

test('no file loads a slow library unless something is to be made with it', () => {
  const room = new URL('../../src/pki/', import.meta.url)
  const eager = readdirSync(room, { encoding: 'utf8', recursive: true }).filter(file => {
    if (!file.endsWith('.ts')) return false
    return /^(import|export) .*(x509\.js|@peculiar|forge\.js)/m.test(
      readFileSync(new URL(file, room), 'utf8'),
    )
  })
  expect(eager).toEqual([])
  expect(readFileSync(new URL('authority.ts', room), 'utf8')).toContain("import('./x509.js')")
})

function foreign(file: string): string {
  return readFileSync(new URL(`foreign/${file}`, import.meta.url), 'utf8')
}
