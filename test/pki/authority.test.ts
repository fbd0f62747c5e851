import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  certificateFacts,
  generateKey,
  issueCertificate,
  loadAuthority,
} from '../../src/pki/index.js'
import { greenhouse, hub, sensor, year2026 } from './greenhouse.js'

const authority = await greenhouse()

test('an authority may sign leaves and lists, and nothing below it may sign', () => {
  const { raw } = new X509Certificate(authority.certificate)
  const isAuthorityWithPathLengthZero = '0603551d130101ff040830060101ff020100'
  const maySignCertificatesAndLists = '0603551d0f0101ff040403020106'
  expect(raw.toString('hex')).toContain(isAuthorityWithPathLengthZero)
  expect(raw.toString('hex')).toContain(maySignCertificatesAndLists)
})

describe('common names that clash', () => {
  test.each(['broker', 'client'] as const)(
    'a %s named like its authority is a leaf',
    async kind => {
      const wanted = await hub({ purpose: kind, commonName: 'Greenhouse CA' })
      const facts = certificateFacts(await issueCertificate(authority, wanted))
      expect(facts.commonName).toBe('Greenhouse CA')
      expect(facts.subject).not.toBe(facts.issuer)
      expect(facts.authorityKeyId).toBe(certificateFacts(authority.certificate).subjectKeyId)
      expect(facts.subjectKeyId).not.toBe(facts.authorityKeyId)
    },
  )

  test('the next generation of an authority has another name', async () => {
    const next = await greenhouse({ generation: 2 })
    expect(certificateFacts(next.certificate).subject).toContain('authority generation 2')
  })
})

test.each([
  ['an empty name', { commonName: '' }, 'the authority "" cannot stand in a certificate'],
  ['a site of two lines', { site: 'a\nb' }, 'the site "a\\nb" cannot stand'],
  ['a serial of zero', { serial: '00' }, '"00" is not a serial number'],
  ['dates that are swapped', { notAfter: new Date('2025-01-01') }, 'is never valid'],
  ['an end at the start', { notAfter: year2026.notBefore }, 'is never valid'],
  ['a date that is none', { notBefore: new Date('soon') }, 'from ? to 2036-01-01T00:00:00.000Z'],
])('%s is refused as USAGE', async (_what, changes, message) => {
  const outcome = greenhouse(changes)
  await expect(outcome).rejects.toThrow(message)
  await expect(outcome).rejects.toMatchObject({ code: 'USAGE' })
})

describe('loading', () => {
  test('brings back an authority that signs', async () => {
    const loaded = loadAuthority(authority.certificate, authority.key)
    const leaf = new X509Certificate(await issueCertificate(loaded, await sensor()))
    expect(leaf.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true)
  })

  test('refuses a certificate that may not sign', async () => {
    const key = await generateKey('p256')
    const leaf = await issueCertificate(authority, await hub({ ...year2026, publicKey: key }))
    expect(() => loadAuthority(leaf, key)).toThrow('"CN=mqtt.example.org" is no authority')
  })

  test('refuses the key of another', async () => {
    const other = await generateKey('p256')
    expect(() => loadAuthority(authority.certificate, other)).toThrow(
      'the private key is not that of "O=greenhouse, OU=authority generation 1, CN=Greenhouse CA"',
    )
  })

  test('refuses what is no certificate', () => {
    expect(() => loadAuthority('ca.crt', authority.key)).toThrow('this is no certificate in PEM')
  })
})
