import { describe, expect, test } from 'vitest'
import type { CertificateFacts, CertificateWanted } from '../../src/pki/index.js'
import { certificateFacts, issueCertificate, whyReissue } from '../../src/pki/index.js'
import { greenhouse, hub } from './greenhouse.js'

const msPerDay = 24 * 60 * 60 * 1000
const authority: CertificateFacts = {
  commonName: 'Greenhouse CA',
  subject: 'O=greenhouse, OU=authority generation 1, CN=Greenhouse CA',
  issuer: 'O=greenhouse, OU=authority generation 1, CN=Greenhouse CA',
  serial: '4DCA',
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2036-01-01T00:00:00Z'),
  names: [],
  algorithm: 'p256',
  fingerprint: 'f0'.repeat(32),
  subjectKeyId: 'ca'.repeat(20),
  authorityKeyId: 'ca'.repeat(20),
  isAuthority: true,
}
const issued = new Date('2026-06-01T00:00:00Z')
const held: CertificateFacts = {
  ...authority,
  commonName: 'hub',
  subject: 'CN=hub',
  serial: '4D01',
  notBefore: new Date(issued.getTime() - 60 * 60 * 1000),
  notAfter: daysAfter(issued, 90),
  names: ['hub.local', '192.0.2.10', '2001:db8::10'],
  isAuthority: false,
}
const wanted: CertificateWanted = {
  commonName: 'hub',
  names: ['192.0.2.10', 'HUB.local', '2001:DB8:0::10'],
  algorithm: 'p256',
  lifetimeDays: 90,
  authority,
  revoked: new Set(['4D02']),
}

interface Case {
  readonly held?: Partial<CertificateFacts>
  readonly wanted?: Partial<CertificateWanted>
  readonly day?: number
}

const endOfAuthority = {
  notAfter: authority.notAfter,
  notBefore: daysAfter(authority.notAfter, -40),
}

const stays: readonly (readonly [string, Case])[] = [
  ['nothing has changed', {}],
  ['it is as young as can be', { day: 0 }],
  ['more than a third is left', { day: 59 }],
  ['it was back-dated by a day', { held: { notBefore: daysAfter(issued, -1) } }],
  ['it ends with its authority, soon', { held: endOfAuthority, day: 3_490 }],
  [
    'it ends with its authority, too soon',
    { held: endOfAuthority, wanted: { lifetimeDays: 365 }, day: 3_470 },
  ],
]

test.each(stays)('a certificate stays where %s', (_why, { day = 30, ...changes }) => {
  expect(why(changes, day)).toBe(false)
})

const goes: readonly (readonly [string, Case])[] = [
  ['is for "hub", not for "hub2"', { wanted: { commonName: 'hub2' } }],
  [
    'lacks 192.0.2.11, hub2.local',
    { wanted: { names: [...wanted.names, '192.0.2.11', 'hub2.local'] } },
  ],
  ['still has 2001:db8::10', { wanted: { names: ['hub.local', '192.0.2.10'] } }],
  [
    'issued by "CN=Old CA", not by the current authority "' + authority.subject + '"',
    { held: { issuer: 'CN=Old CA' } },
  ],
  [
    `issued by "${authority.subject}", not by the current authority "${authority.subject}"`,
    { held: { authorityKeyId: '0d'.repeat(20) } },
  ],
  ['its key is rsa2048, not p256', { held: { algorithm: 'rsa2048' } }],
  ['its key is of another kind, not p256', { held: { algorithm: undefined } }],
  ['serial 4D01 is revoked', { wanted: { revoked: new Set(['4D02', '4D01']) } }],
  ['is not valid before 2026-05-31T23:00:00.000Z', { day: -1 }],
  ['expires in 29 days', { day: 60.1 }],
  ['expires in 1 day', { day: 88.5 }],
  ['expires in 0 days', { day: 89.5 }],
  ['expired on 2026-08-30T00:00:00.000Z', { day: 90 }],
  ['expired on 2026-08-30T00:00:00.000Z', { day: 400 }],
  ['is valid for 90 days, not for 30', { wanted: { lifetimeDays: 30 } }],
  ['is valid for 90 days, not for 365', { wanted: { lifetimeDays: 365 } }],
]

test.each(goes)('a certificate goes because it %s', (reason, { day = 30, ...changes }) => {
  expect(why(changes, day)).toBe(reason)
})

describe('of several reasons the first is given', () => {
  const faults: readonly Case[] = goes.map(([, fault]) => fault)

  test.each([
    ['is for "hub", not for "x"', [0, 1, 5]],
    ['lacks 192.0.2.11, hub2.local', [1, 5, 7]],
    ['serial 4D01 is revoked', [7, 9]],
    ['expires in 29 days', [9, 14]],
  ])('%s', (reason, indexes) => {
    const changes = indexes.map(index => faults[index] ?? {})
    const merged = {
      held: Object.assign({}, ...changes.map(change => change.held)) as Case['held'] & object,
      wanted: Object.assign({}, ...changes.map(change => change.wanted)) as Case['wanted'] & object,
    }
    const day = changes.find(change => change.day !== undefined)?.day ?? 30
    expect(why(merged, day)).toBe(reason.replace('"x"', '"hub2"'))
  })
})

test('what is not there yet is to be issued', () => {
  expect(whyReissue(undefined, wanted, issued)).toBe('there is none yet')
})

test('what has just been issued stays', async () => {
  const real = await greenhouse()
  const asked = await hub({ notBefore: daysAfter(issued, -0.5), notAfter: daysAfter(issued, 90) })
  const facts = certificateFacts(await issueCertificate(real, asked))
  const current = { ...wanted, ...asked, authority: certificateFacts(real.certificate) }
  expect(whyReissue(facts, current, issued)).toBe(false)
})

function why(changes: Omit<Case, 'day'>, day: number): string | false {
  const now = daysAfter(issued, day)
  return whyReissue({ ...held, ...changes.held }, { ...wanted, ...changes.wanted }, now)
}

function daysAfter(date: Date, days: number): Date {
  return new Date(date.getTime() + days * msPerDay)
}
