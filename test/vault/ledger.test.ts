import { describe, expect, test } from 'vitest'
import { extendChain, emptyHead } from '../../src/vault/chain.js'
import { indexLedger, isLedgerEntry, type Act } from '../../src/vault/ledger.js'
import { issued, listed, revoked } from './scratch.js'

const at = new Date('2026-03-01T12:00:00.000Z')
const index = (...acts: Act[]) => indexLedger(extendChain(emptyHead, acts, at).entries)

describe('what the entries amount to', () => {
  test.each<[string, Act[], [serial: string | undefined, ...revoked: string[]]]>([
    ['nothing', [], [undefined]],
    ['issued', [issued('a', '01')], ['01']],
    ['issued twice', [issued('a', '01'), issued('a', '02')], ['02']],
    ['revoked', [issued('a', '01'), revoked('a', '01')], ['01', 'a']],
    [
      'rotated, the old one revoked',
      [issued('a', '01'), issued('a', '02'), revoked('a', '01')],
      ['02'],
    ],
    [
      'revoked, then issued anew',
      [issued('a', '01'), revoked('a', '01'), issued('a', '02')],
      ['02'],
    ],
    ['revoked by a serial in capitals', [issued('a', 'ab'), revoked('a', 'AB')], ['ab', 'a']],
    ['of another kind', [{ ...issued('a'), kind: 'broker' }], [undefined]],
    ['of another name', [issued('constructor')], [undefined]],
  ])('%s', (_, acts, expected) => {
    const { held, revokedNames } = index(...acts)
    expect([held('device', 'a')?.serial, ...revokedNames('device')]).toEqual(expected)
  })

  test('a revoked serial stays revoked, with its reason and its date', () => {
    const { revokedSerials } = index(issued('a', '01'), revoked('a', '01'), issued('a', '02'))
    expect([...revokedSerials.keys()]).toEqual(['01'])
    expect(revokedSerials.get('01')).toMatchObject({
      reason: 'keyCompromise',
      at: at.toISOString(),
    })
  })

  test('the latest revocation list', () => {
    expect(index().latestRevocationList('ca')).toBeUndefined()
    expect(index(listed(1), listed(2), issued('a')).latestRevocationList('ca')?.number).toBe(2)
  })
})

const whole = { ...issued('a'), seq: 1, at: at.toISOString(), previous: emptyHead.sha256 }
const withoutSerial = { ...whole, serial: undefined }

test.each<[string, unknown, boolean]>([
  ['a whole entry', whole, true],
  ['one with more than we know', { ...whole, issuer: 'x' }, true],
  ['one that lacks a field', withoutSerial, false],
  ['a field of another type', { ...whole, seq: '1' }, false],
  ['an act we do not know', { ...whole, act: 'forgot' }, false],
  ['an act that every object has', { ...whole, act: 'toString' }, false],
  ['a kind we do not know', { ...whole, kind: 'bridge' }, false],
  ['null', null, false],
  ['a number', 7, false],
  ['a list', [], false],
])('%s', (_title, value, expected) => {
  expect(isLedgerEntry(value)).toBe(expected)
})
