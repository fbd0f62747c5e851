import { expect, test } from 'vitest'
import { emptyHead, extendChain, readChain } from '../../src/vault/chain.js'
import { indexLedger } from '../../src/vault/ledger.js'
import { issued } from './scratch.js'

// Takes a tenth of a second; a way that is quadratic would pass the limit of any test.
test('30,000 entries are read and indexed', () => {
  const acts = Array.from({ length: 30_000 }, (_item, number) => issued(`esp32-${String(number)}`))
  const { lines } = extendChain(emptyHead, acts, new Date('2026-03-01T12:00:00.000Z'))
  const { held } = indexLedger(readChain(Buffer.from(lines)).entries)
  expect(held('device', 'esp32-29999')?.seq).toBe(30_000)
})
