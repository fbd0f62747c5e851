import { describe, expect, test } from 'vitest'
import { differingFiles, parseHistory, rollbackAction } from '../../src/plan/history.js'

const answer = `current 10
generation 10 1795815561
file 10 aa  10/acl
file 10 bb  10/broker.conf
file 10 cc  10/crl.pem
generation 9 1795815000
file 9 a0  9/acl
file 9 bb  9/broker.conf
file 9 dd  9/ca.crt
generation 3 1795810000
`

describe('what a host keeps', () => {
  const [newest, middle, oldest] = parseHistory(answer)
  test('is read, newest first, by number and not by letter', () => {
    expect(newest).toMatchObject({ number: 10, isCurrent: true })
    expect(newest?.madeAt.toISOString()).toBe('2026-11-27T21:39:21.000Z')
    expect(middle).toMatchObject({ number: 9, isCurrent: false })
    expect(oldest?.files.size).toBe(0)
  })
  test('differs by what is not the same, or only in one', () => {
    if (!newest || !middle) throw new Error('not read')
    expect(differingFiles(newest, middle)).toEqual(['acl', 'ca.crt', 'crl.pem'])
    expect(differingFiles(newest, newest)).toEqual([])
  })
  test('is nothing on a host without bednet', () => {
    expect(parseHistory('')).toEqual([])
  })
})

describe('what it takes to serve it', () => {
  test.each([
    [[], false, 'nothing'],
    [['acl'], true, 'reload'],
    [['broker.crt', 'broker.key'], false, 'reload'],
    [['broker.crt', 'broker.key'], true, 'restart'],
    [['ca.crt'], true, 'reload'],
    [['acl', 'broker.conf'], false, 'restart'],
  ] as const)('%j, where certificates need a restart: %s', (names, need, action) => {
    expect(rollbackAction(names, { certificatesNeedRestart: need })).toBe(action)
  })
})
