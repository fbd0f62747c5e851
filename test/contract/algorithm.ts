import 'reflect-metadata'
import { X509Certificate as LibraryCertificate, X509Crl } from '@peculiar/x509'
import { X509Certificate, type KeyObject } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  certificateFacts,
  generateKey,
  issueCertificate,
  signRevocationList,
  type Authority,
  type KeyAlgorithm,
} from '../../src/pki/index.js'
import { decodePem } from '../../src/pki/pem.js'
import { greenhouse, hub, sensor, year2026 } from '../pki/greenhouse.js'

/** What a key of any algorithm must do: sign as an authority, and be certified as a leaf. */
export function algorithmContract(algorithm: KeyAlgorithm): void {
  describe(`algorithm contract: ${algorithm}`, () => {
    let authority: Authority
    let leafKey: KeyObject
    beforeAll(async () => {
      authority = await greenhouse({ algorithm })
      leafKey = await generateKey(algorithm)
    })

    test('an authority with such a key signs itself', () => {
      const { certificate } = authority
      const parsed = new X509Certificate(certificate)
      expect(parsed.verify(parsed.publicKey)).toBe(true)
      expect(certificateFacts(certificate)).toMatchObject({
        subject: 'O=greenhouse, OU=authority generation 1, CN=Greenhouse CA',
        issuer: 'O=greenhouse, OU=authority generation 1, CN=Greenhouse CA',
        algorithm,
        isAuthority: true,
      })
    })

    test('what it issues is signed by it', async () => {
      const pem = await issueCertificate(authority, await sensor())
      const issuer = new X509Certificate(authority.certificate)
      const leaf = new X509Certificate(pem)
      expect(leaf.verify(issuer.publicKey)).toBe(true)
      expect(leaf.checkIssued(issuer)).toBe(true)
    })

    test('a revocation list is signed by it', async () => {
      const revoked = [
        { serial: '01', revokedAt: year2026.notBefore, reason: 'superseded' },
      ] as const
      const period = { thisUpdate: year2026.notBefore, nextUpdate: year2026.notAfter }
      const pem = await signRevocationList(authority, { number: 1, ...period, revoked })
      const list = new X509Crl(decodePem('X509 CRL', pem) ?? Buffer.of())
      const publicKey = new LibraryCertificate(authority.certificate)
      expect(list.issuer).toBe(publicKey.subject)
      // This version of Node warns that its WebCrypto has Ed25519 as an experiment: not worth a line.
      if (algorithm !== 'ed25519') expect(await list.verify({ publicKey })).toBe(true)
    })

    test.each([
      { purpose: 'broker', extended: '1.3.6.1.5.5.7.3.1' },
      { purpose: 'client', extended: '1.3.6.1.5.5.7.3.2' },
    ] as const)('a $purpose with such a key may do what it is for', async row => {
      const wanted = await hub({ purpose: row.purpose, publicKey: leafKey })
      const pem = await issueCertificate(authority, wanted)
      const extensions = new Map(
        new LibraryCertificate(pem).extensions.map(({ type, critical, value }) => {
          return [type, [critical, Buffer.from(value).toString('hex')] as const]
        }),
      )
      expect(extensions.get('2.5.29.19')).toEqual([true, '3000'])
      expect(extensions.get('2.5.29.15')?.[0]).toBe(true)
      // digitalSignature, and for the key exchange of RSA keyEncipherment too.
      const usageBits = algorithm.startsWith('rsa') ? 'a0' : '80'
      expect(extensions.get('2.5.29.15')?.[1].slice(-2)).toBe(usageBits)
      expect(new X509Certificate(pem).keyUsage).toEqual([row.extended])
    })
  })
}
