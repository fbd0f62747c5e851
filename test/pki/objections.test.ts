import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { keyAlgorithms } from '../../src/algorithm.js'
import {
  certificateFacts,
  issueCertificate,
  objections,
  type CertificateUse,
} from '../../src/pki/index.js'
import { bad, good, noon, read, type Case } from './bad/corpus.js'
import { greenhouse, hub, sensor } from './greenhouse.js'

const named = (cases: readonly Case[]) =>
  cases.map(each => [`${each.file} as ${each.purpose}: ${each.ids.join(', ')}`, each] as const)

test.each(named(good))('nothing is wrong with %s', (_name, each) => {
  expect(objections(read(each.file), useOf(each))).toEqual([])
})

test.each(named(bad))('%s', (_name, each) => {
  const found = objections(read(each.file), useOf(each))
  expect(found.map(({ id }) => id)).toEqual(each.ids)
  for (const { message, hint } of found) {
    expect(message).toMatch(/^[a-z][^\n]+[^.]$/)
    expect(hint).toMatch(/^[a-z][^\n]+[^.]$/)
  }
})

test('the words of all of them', async () => {
  const said = bad.flatMap(each =>
    objections(read(each.file), useOf(each)).map(
      ({ severity, message, hint }) => `${each.file} (${severity}) ${message}\n  ${hint}\n`,
    ),
  )
  await expect(said.join('')).toMatchFileSnapshot('../golden/pki/objections.txt')
})

test('each certificate of the corpus is in a case', () => {
  const files = readdirSync(`${import.meta.dirname}/bad`).filter(file => file.endsWith('.pem'))
  const used = [...good, ...bad].flatMap(({ file, below = '', list = '', authorities }) => [
    ...[file, below, list, ...authorities].map(name => `${name}.pem`),
  ])
  const others = files.filter(file => !used.includes(file))
  expect(others).toEqual(['foreign-root.pem', 'other-root.pem'])
})

describe('what bednet issues itself', () => {
  test.each(keyAlgorithms.filter(each => !each.startsWith('rsa')))('in %s is good', async kind => {
    const authority = await greenhouse({ algorithm: kind })
    const use = { authorities: [authority.certificate], now: noon }
    const broker = await hub({}, kind)
    const certificate = await issueCertificate(authority, broker)
    const asBroker = { ...use, purpose: 'broker', names: broker.names } as const
    expect(objections(certificate, asBroker)).toEqual([])
    const device = await issueCertificate(authority, await sensor({}, kind))
    expect(objections(device, { ...use, purpose: 'client' })).toEqual([])
    const asAuthority = { ...use, authorities: [], purpose: 'authority' } as const
    expect(objections(authority.certificate, asAuthority)).toEqual([])
  })

  test('is not another authority of the same names', async () => {
    const [one, other] = [await greenhouse(), await greenhouse()]
    const device = await issueCertificate(one, await sensor())
    const found = objections(device, {
      ...{ purpose: 'client', now: noon },
      authorities: [other.certificate],
    })
    expect(found.map(({ id }) => id)).toEqual(['wrong-authority'])
    const both = [other.certificate, one.certificate]
    expect(objections(device, { purpose: 'client', now: noon, authorities: both })).toEqual([])
  })
})

test('a revoked one is told by its serial', () => {
  const { serial } = certificateFacts(read('client'))
  const use = { ...useOf({ purpose: 'client', authorities: ['root'] }), revoked: new Set([serial]) }
  expect(objections(read('client'), use)).toMatchObject([{ id: 'revoked', severity: 'refused' }])
  expect(objections(read('client'), { ...use, revoked: new Set(['4D']) })).toEqual([])
})

test('the gravest comes first', () => {
  const use = useOf({ purpose: 'authority', authorities: [] })
  const later = { ...use, now: new Date('2040-01-01T00:00:00Z') }
  const found = objections(read('root-constraints-not-critical'), later)
  expect(found.map(({ severity }) => severity)).toEqual(['refused', 'refused-by-strict'])
})

test('what is no certificate is refused', () => {
  const use = useOf({ purpose: 'client', authorities: ['root'] })
  expect(() => objections('hello', use)).toThrow('this is no certificate in PEM')
  expect(() => objections(read('client'), { ...use, authorities: ['hello'] })).toThrow('PEM')
})

function useOf({
  purpose,
  names = [],
  authorities,
}: Pick<Case, 'purpose' | 'names' | 'authorities'>): CertificateUse {
  return { purpose, names, authorities: authorities.map(read), now: noon }
}
