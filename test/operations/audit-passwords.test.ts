import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { hashPassword } from '../../src/broker/password.js'
import { auditPasswords } from '../../src/operations/audit-passwords.js'
import { Secret } from '../../src/secret.js'
import { indexLedger, type Issued } from '../../src/vault/ledger.js'
import { revocation } from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'

const issued = (name: string, serial: string): Issued => ({
  ...{ act: 'issued', kind: 'device', name, serial, sha256: serial.repeat(32), because: 'a test' },
  ...{ notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2036-01-01T00:00:00.000Z' },
  ...{ batch: 1, key: 'p256', authority: 'ab', role: 'sensor', passwords: 1 },
})
const hashOf = (name: string) => hashPassword(new Secret(name), Buffer.alloc(12), 101)

let vault: MemoryVault
beforeEach(async () => {
  vault = memoryVault()
  await vault.append([issued('pump', '01'), issued('fan', '02'), issued('lost', '03')])
  await vault.append([{ ...revocation, name: 'lost', serial: '03' }])
})

const whole = `pump:${hashOf('pump')}\nfan:${hashOf('fan')}\n`

test.each([
  ['whole', whole, []],
  ['a name that is another one', whole.replace('fan', 'fen'), ['fan']],
  ['a hash that is empty', whole.replace(hashOf('fan'), ''), ['fan']],
  ['an end that is cut off', whole.slice(0, -20), ['fan']],
  ['nothing', '', ['pump']],
])('%s', async (_what, lines, names) => {
  await vault.writeHashes(1, new Secret(lines))
  const findings = await auditPasswords(vault, indexLedger(vault.lines))
  expect(findings.map(({ what }) => /device "(\w+)"/.exec(what)?.[1])).toEqual(names)
})

test('a file that is gone is told at the first line that it lacks', async () => {
  const [finding] = await auditPasswords(vault, indexLedger(vault.lines))
  expect(finding).toMatchObject({
    check: 'password',
    at: `${join(vault.folder, 'ledger.jsonl')}:1`,
    what: 'the password hash of device "pump" and 1 more is not in batches/000001.passwords',
  })
})
