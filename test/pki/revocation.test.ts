import 'reflect-metadata'
import { X509Crl, X509CrlReason } from '@peculiar/x509'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { BednetError } from '../../src/error.js'
import {
  certificateFacts,
  issueCertificate,
  revocationListFacts,
  signRevocationList,
  type Authority,
  type NewRevocationList,
  type RevocationReason,
  type Revoked,
} from '../../src/pki/index.js'
import { decode, nth } from '../../src/pki/der.js'
import { decodePem, encodePem } from '../../src/pki/pem.js'
import { greenhouse, sensor } from './greenhouse.js'

const authority = await greenhouse()
const thisUpdate = new Date('2026-02-01T00:00:00Z')
const nextUpdate = new Date('2036-01-01T00:00:00Z')

const reasons: readonly RevocationReason[] = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
]

describe('a list', () => {
  test('is labelled as Mosquitto reads it, in lines of 64', async () => {
    const lines = (await sign({})).trimEnd().split('\n')
    expect(lines[0]).toBe('-----BEGIN X509 CRL-----')
    expect(lines.at(-1)).toBe('-----END X509 CRL-----')
    expect(lines.slice(1, -2).every(line => line.length === 64)).toBe(true)
  })

  test.each(reasons)('gives the reason %s as the library reads it', async reason => {
    const [entry] = library(await sign({ revoked: [revoked('80', reason)] })).entries
    const expected = reason === 'unspecified' ? undefined : X509CrlReason[reason]
    expect(entry?.reason).toBe(expected)
    expect(entry?.revocationDate).toEqual(thisUpdate)
  })

  test('says who signed it, and its number', async () => {
    const extensions = new Map(
      library(await sign({ number: 200 })).extensions.map(({ type, value }) => {
        return [type, Buffer.from(value).toString('hex')]
      }),
    )
    const keyId = String(certificateFacts(authority.certificate).subjectKeyId)
    expect(extensions.get('2.5.29.35')).toBe(`30168014${keyId}`)
    expect(extensions.get('2.5.29.20')).toBe('020200c8')
  })

  test('without anyone revoked has no empty list in it', async () => {
    const version = '020101'
    const content = nth(decode(decodePem('X509 CRL', await sign({})) ?? Buffer.of()), 0).content
    const fields = decode(nth(decode(content), 0).content)
    expect(nth(fields, 0).whole.toString('hex')).toBe(version)
    expect(fields.map(({ tag }) => tag)).toEqual([0x02, 0x30, 0x30, 0x17, 0x17, 0xa0])
    expect(revocationListFacts(await sign({})).serials).toEqual([])
  })

  test('names its issuer as a certificate of version 1 does, too', async () => {
    const file = new URL('foreign/version1.crt', import.meta.url)
    const signer = { certificate: readFileSync(file, 'utf8'), key: authority.key, issuers: [] }
    expect(library(await sign({}, signer)).issuer).toBe('O=Old Works, CN=old.example.org')
  })

  test('speaks of a certificate by the serial that its facts give', async () => {
    const leaf = await issueCertificate(authority, await sensor({ serial: '00FF01' }))
    const { serial } = certificateFacts(leaf)
    expect(revocationListFacts(await sign({ revoked: [revoked('00ff01')] })).serials).toEqual([
      serial,
    ])
  })

  test('of two thousand takes no more work per entry than one of two hundred', async () => {
    const most = 1.1 * (await workPerEntry(200))
    expect(await workPerEntry(2_000)).toBeLessThan(most)
    // The control: what is joined piece by piece, as the library does, would be seen.
    const pieces = Array.from({ length: 1_000 }, () => Buffer.of(0))
    expect(await work(() => pieces.reduce((sum, piece) => Buffer.concat([sum, piece])))).toBe(
      500_499,
    )
  })

  test.each([
    ['that ends as it begins', { nextUpdate: thisUpdate }, 'a revocation list "1" is never valid'],
    ['with a date that is none', { nextUpdate: new Date('?') }, 'is never valid'],
    ['with a serial that is none', { revoked: [revoked('x')] }, '"x" is not a serial number'],
  ])('%s is refused', async (_what, changes, message) => {
    await expect(sign(changes)).rejects.toThrow(message)
  })
})

const plain = await sign({})

describe('the facts of a list', () => {
  test('are those it was made with, for any serials, times and numbers', async () => {
    const second = fc.integer({ min: 0, max: 3e9 }).map(seconds => new Date(seconds * 1000))
    const bytes = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .filter(value => value.some(Boolean))
    const list = fc.record({
      number: fc.maxSafeNat(),
      thisUpdate: second,
      nextUpdate: second.map(date => new Date(date.getTime() + 4e12)),
      revoked: fc.array(
        fc.record({
          serial: bytes.map(value => Buffer.from(value).toString('hex')),
          revokedAt: second,
          reason: fc.constantFrom(...reasons),
        }),
      ),
    })
    await fc.assert(
      fc.asyncProperty(list, async wanted => {
        const facts = revocationListFacts(await signRevocationList(authority, wanted))
        expect({ ...facts, serials: facts.serials.map(asNumber) }).toEqual({
          number: wanted.number,
          thisUpdate: wanted.thisUpdate,
          nextUpdate: wanted.nextUpdate,
          serials: wanted.revoked.map(({ serial }) => asNumber(serial)),
        })
      }),
    )
  })

  test('are had from a damaged list whole, or not at all', async () => {
    const der = decodePem('X509 CRL', await sign({ revoked: [revoked('80')] })) ?? Buffer.of()
    const place = fc.nat({ max: der.length - 1 })
    fc.assert(
      fc.property(place, fc.nat({ max: 255 }), (at, byte) => {
        const changed = Buffer.from(der)
        changed[at] = byte
        try {
          revocationListFacts(encodePem('X509 CRL', changed))
        } catch (error) {
          expect(error).toBeInstanceOf(BednetError)
          expect(error).toHaveProperty('code', 'CERTIFICATE_UNREADABLE')
        }
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['nothing', ''],
    ['a certificate', authority.certificate],
    ['the label that only the library writes', plain.replaceAll('X509 CRL', 'CRL')],
    ['half a list', plain.slice(0, 200)],
  ])('are not had from %s', (_what, pem) => {
    expect(() => revocationListFacts(pem)).toThrow('this is no revocation list in PEM')
  })
})

async function sign(
  changes: Partial<NewRevocationList>,
  signer: Authority = authority,
): Promise<string> {
  const wanted = { number: 1, thisUpdate, nextUpdate, revoked: [], ...changes }
  return await signRevocationList(signer, wanted)
}

function revoked(serial: string, reason: RevocationReason = 'superseded'): Revoked {
  return { serial, revokedAt: thisUpdate, reason }
}

async function workPerEntry(count: number): Promise<number> {
  const entries = Array.from({ length: count }, (_, index) =>
    revoked(`4D${String(index).padStart(10, '0')}`),
  )
  const done = await work(async () => {
    expect(revocationListFacts(await sign({ revoked: entries })).serials).toHaveLength(count)
  })
  return done / count
}

/** Bytes that were copied and views that were made: what writing and reading DER consists of. */
async function work(task: () => unknown): Promise<number> {
  const copied = vi.spyOn(Buffer, 'concat')
  const views = vi.spyOn(Buffer.prototype, 'subarray')
  try {
    await task()
    const sizes = copied.mock.results.map(({ value }) => (value as Buffer).length)
    return sizes.reduce((sum, size) => sum + size, views.mock.calls.length)
  } finally {
    copied.mockRestore()
    views.mockRestore()
  }
}

function library(pem: string): X509Crl {
  return new X509Crl(decodePem('X509 CRL', pem) ?? Buffer.of())
}

function asNumber(serial: string): bigint {
  return BigInt(`0x${serial}`)
}
