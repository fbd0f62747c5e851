import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Authority } from '../../src/pki/authority.js'
import { signRevocationList } from '../../src/pki/revocation.js'
import { indexLedger, type Issued } from '../../src/vault/ledger.js'
import {
  auditOf,
  file,
  lastLine,
  lineOf,
  ownAuthority,
  signAnew,
  sound,
  stranger,
  type Damage,
} from './damaged-vault.js'
import { revocation, serialsOf } from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'
import { inDays, today } from './today.js'

/** On record alone, and no longer missed. */
const ended: Issued = {
  act: 'issued',
  kind: 'device',
  name: 'twin',
  serial: '',
  notBefore: inDays(-300).toISOString(),
  notAfter: inDays(-1).toISOString(),
  sha256: 'c0ffee',
  because: 'of this test',
}

const cases: readonly (readonly [string, Damage, () => readonly string[]])[] = [
  [
    'a serial comes twice, and one is revoked that nobody has',
    {
      before: async vault => {
        const [serial = ''] = serialsOf(vault, 'pump-1')
        await vault.append([
          { ...ended, serial },
          { ...revocation, name: 'pump-1', serial: 'abcdef' },
        ])
        await signAnew(vault)
      },
    },
    () => [
      `serial ${lastLine(1)}: "twin" has the serial of line ${lineOf('pump-1').split(':')[1] ?? ''}, ${serialsOf(sound, 'pump-1')[0] ?? ''}`,
      `serial ${lastLine(2)}: no line before has issued abcdef, the serial of "pump-1"`,
    ],
  ],
  [
    'the revocation list is gone',
    { before: vault => void vault.files.delete('authority/crl.pem') },
    () => [`crl ${lastLine()}: there is no authority/crl.pem, and 2 are revoked`],
  ],
  [
    'the revocation list is cut off',
    {
      before: vault =>
        void vault.files.set('authority/crl.pem', file(vault, 'authority/crl.pem').slice(0, 90)),
    },
    () => ['crl authority/crl.pem: authority/crl.pem is not whole'],
  ],
  [
    'the revocation list is an earlier one',
    {
      before: async vault => {
        const before = file(vault, 'authority/crl.pem')
        await vault.append([
          { ...revocation, name: 'pump-1', serial: serialsOf(vault, 'pump-1')[0] ?? '' },
        ])
        await signAnew(vault)
        vault.files.set('authority/crl.pem', before)
      },
    },
    () => [
      `crl ${lastLine(2)}: authority/crl.pem is number 2, and this line has number 3`,
      `crl ${lastLine(1)}: authority/crl.pem lacks device "pump-1", which this line revokes`,
    ],
  ],
  [
    'the revocation list is signed by somebody else',
    { before: vault => listBy(vault, stranger) },
    () => [`crl ${lastLine()}: authority/crl.pem is not signed by authority/ca.crt`],
  ],
  [
    'the revocation list ends on another day',
    {
      before: async vault => {
        await listBy(vault, await ownAuthority(vault), { nextUpdate: inDays(9) })
      },
    },
    () => [
      `crl ${lastLine()}: authority/crl.pem is good until 2026-03-10T12:00:00.000Z, and this line says ${(sound.lines.at(-1) as { nextUpdate?: string }).nextUpdate ?? ''}`,
    ],
  ],
  [
    'somebody is on the revocation list whom no line revokes',
    {
      before: async vault => {
        await listBy(vault, await ownAuthority(vault), {
          serial: serialsOf(vault, 'pump-1')[0] ?? '',
        })
      },
    },
    () => [
      `crl authority/crl.pem: serial ${serialsOf(sound, 'pump-1')[0] ?? ''} is on authority/crl.pem, and no line revokes it`,
    ],
  ],
  [
    'secrets are open to others',
    {
      after: folder => {
        for (const name of [
          'authority/ca.key',
          'devices/esp32-1/client.key',
          'batches/000001.tar.gz',
        ])
          chmodSync(join(folder, name), 0o640)
        // No secret.
        chmodSync(join(folder, 'devices/esp32-1/client.crt'), 0o644)
        chmodSync(folder, 0o755)
      },
    },
    () => [
      'mode .: it is open to other users (mode 755)',
      'mode authority/ca.key: it is open to other users (mode 640)',
      'mode batches/000001.tar.gz: it is open to other users (mode 640)',
      'mode devices/esp32-1/client.key: it is open to other users (mode 640)',
    ],
  ],
]

/** Puts another list in the place of the one on record. */
async function listBy(
  vault: MemoryVault,
  authority: Authority,
  { nextUpdate, serial }: { readonly nextUpdate?: Date; readonly serial?: string } = {},
): Promise<void> {
  const index = indexLedger(vault.lines)
  const latest = index.latestRevocationList('ca')
  const { revokedSerials } = index
  const serials = [...revokedSerials.keys(), ...(serial === undefined ? [] : [serial])]
  const list = await signRevocationList(authority, {
    number: latest?.number ?? 0,
    thisUpdate: inDays(-1),
    nextUpdate: nextUpdate ?? new Date(latest?.nextUpdate ?? 0),
    revoked: serials.map(each => ({ serial: each, revokedAt: today, reason: 'unspecified' })),
  })
  vault.files.set('authority/crl.pem', list)
}

describe('what does not fit is named', () => {
  test.each(cases)('%s', async (_what, damage, expected) => {
    const { lines, findings } = await auditOf(damage)
    expect(lines).toEqual(expected())
    expect(findings.filter(({ hint }) => hint.length < 10)).toEqual([])
  })
})
