import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { audit } from '../../src/operations/audit.js'
import { issuedAct } from '../../src/operations/issuance.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { generateKey, privateKeyPem } from '../../src/pki/key.js'
import { Secret } from '../../src/secret.js'
import { indexLedger } from '../../src/vault/ledger.js'
import { scratchFolder } from '../vault/scratch.js'
import {
  auditOf,
  file,
  lastLine,
  lineOf,
  rebatch,
  sound,
  strangeCertificate,
  stranger,
  swap,
  type Damage,
} from './damaged-vault.js'
import { recordingWorld } from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'

describe('a sound vault', () => {
  test('nothing is found, and all of it was looked at', async () => {
    const { lines, notes, counts } = await auditOf({})
    expect(lines).toEqual([])
    expect(notes).toEqual([])
    const certificates = sound.lines.filter(({ act }) => act === 'issued').length
    const revoked = indexLedger(sound.lines).revokedSerials.size
    expect(counts).toEqual({
      lines: sound.lines.length,
      certificates,
      signatures: certificates,
      revoked,
    })
  })

  test('of devices, a signature is asked of one in 64', async () => {
    const { lines, counts } = await auditOf({}, { everySignature: false })
    expect(lines).toEqual([])
    const others = sound.lines.filter(entry => entry.act === 'issued' && entry.kind !== 'device')
    expect(counts.signatures).toBe(others.length)
  })

  test('an encrypted key is not asked, and one that was handed over is not missed', async () => {
    const before = async (vault: MemoryVault) => {
      const locked = privateKeyPem(await generateKey('p256'), new Secret('locked'))
      vault.files.set('devices/esp32-1/client.key', locked)
      vault.files.delete('devices/esp32-2/client.key')
    }
    expect((await auditOf({ before })).lines).toEqual([])
  })

  test('no vault at all is sound', async () => {
    const folder = join(scratchFolder(), 'none')
    const { findings } = await audit({ folder, world: recordingWorld(), everySignature: true })
    expect(findings).toEqual([])
  })

  test('what a killed run leaves is said', async () => {
    const { lines, notes } = await auditOf({
      before: vault => void vault.archives.set(3, vault.archives.get(2) ?? Buffer.alloc(0)),
      after: folder => {
        const path = join(folder, 'ledger.jsonl')
        writeFileSync(path, `${readFileSync(path, 'utf8')}{"seq":`)
      },
    })
    expect(lines).toEqual([])
    expect(notes).toEqual([
      expect.stringContaining('a write was cut off; the last 7 bytes'),
      'batches/000003.tar.gz was never used, a run was killed: the next one writes over it',
    ])
  })
})

const cases: readonly (readonly [string, Damage, () => readonly string[]])[] = [
  [
    'a line of the ledger was changed',
    {
      after: folder => {
        const path = join(folder, 'ledger.jsonl')
        writeFileSync(path, readFileSync(path, 'utf8').replace('"pump-2"', '"pump-9"'))
      },
    },
    () => {
      const next = Number(lineOf('pump-2').split(':')[1]) + 1
      const at = `ledger.jsonl:${String(next)}`
      const what = `it does not follow line ${String(next - 1)}: one of them was changed`
      return [`ledger ${at}: the ledger is damaged at line ${String(next)}: ${what}`]
    },
  ],
  [
    'two devices have changed folders',
    {
      before: vault => {
        swap(vault.files, 'devices/esp32-1/client.crt', 'devices/esp32-2/client.crt')
      },
    },
    () => [
      `certificate ${lineOf('esp32-2')}: the certificate of device "esp32-2" lies in devices/esp32-1/client.crt`,
      `key ${lineOf('esp32-2')}: the private key beside devices/esp32-1/client.crt is not that of device "esp32-1"`,
      `certificate ${lineOf('esp32-1')}: the certificate of device "esp32-1" lies in devices/esp32-2/client.crt`,
      `key ${lineOf('esp32-1')}: the private key beside devices/esp32-2/client.crt is not that of device "esp32-2"`,
    ],
  ],
  [
    'a certificate that the ledger has not, for a name that it has, and for one that it has not',
    {
      before: async vault => {
        vault.files.delete('devices/esp32-1/client.key')
        vault.files.set('devices/esp32-1/client.crt', await strangeCertificate('esp32-1'))
        vault.files.set('devices/ghost/client.crt', await strangeCertificate('ghost'))
      },
    },
    () => [
      `certificate ${lineOf('esp32-1')}: devices/esp32-1/client.crt is not the certificate of device "esp32-1" that this line has`,
      'certificate devices/ghost/client.crt: no line of the ledger has this certificate of device "ghost": it cannot be revoked',
      `missing ${lineOf('esp32-1')}: the certificate of device "esp32-1" is not in the vault`,
    ],
  ],
  [
    'certificates are gone, those of a revoked device among them',
    {
      before: vault => {
        for (const name of ['authority/ca.crt', 'brokers/hub/broker.crt']) vault.files.delete(name)
        for (const name of ['esp32-1', 'esp32-2']) vault.files.delete(`devices/${name}/client.crt`)
        vault.files.delete('canaries/bednet-canary-expired/client.crt')
        return undefined
      },
    },
    () => [
      `missing ${lineOf('greenhouse CA')}: the certificate of authority "greenhouse CA" is not in the vault`,
      `missing ${lineOf('hub')}: the certificate of broker "hub" is not in the vault`,
      `missing ${lineOf('bednet-canary-expired')}: the certificate of canary "bednet-canary-expired" is not in the vault`,
      `missing ${lineOf('esp32-1')}: the certificate of device "esp32-1" is not in the vault`,
    ],
  ],
  [
    'a certificate is cut off',
    {
      before: vault => {
        const name = 'devices/esp32-1/client.crt'
        vault.files.set(name, file(vault, name).slice(0, 300))
        return undefined
      },
    },
    () => [
      'certificate devices/esp32-1/client.crt: the certificate of device "esp32-1" is not whole',
      `missing ${lineOf('esp32-1')}: the certificate of device "esp32-1" is not in the vault`,
    ],
  ],
  [
    'a batch is gone',
    { before: vault => void vault.archives.delete(2) },
    () => [
      `missing ${lineOf('pump-4')}: batches/000002.tar.gz is lost, with 3 credentials from "pump-4" on`,
    ],
  ],
  [
    'a batch is cut off',
    {
      before: vault =>
        void vault.archives.set(2, (vault.archives.get(2) ?? Buffer.alloc(0)).subarray(0, 900)),
    },
    () => [
      'batch batches/000002.tar.gz: the batch batches/000002.tar.gz cannot be unpacked',
      `missing ${lineOf('pump-4')}: batches/000002.tar.gz is lost, with 3 credentials from "pump-4" on`,
    ],
  ],
  [
    'in a batch a device is gone, and two have each other’s key',
    {
      before: vault => {
        rebatch(vault, 1, files => {
          for (const name of ['ca.crt', 'client.crt', 'client.key']) files.delete(`pump-1/${name}`)
          swap(files, 'pump-2/client.key', 'pump-3/client.key')
        })
      },
    },
    () => [
      `key ${lineOf('pump-2')}: the private key beside batches/000001.tar.gz: pump-2/client.crt is not that of device "pump-2"`,
      `key ${lineOf('pump-3')}: the private key beside batches/000001.tar.gz: pump-3/client.crt is not that of device "pump-3"`,
      `missing ${lineOf('pump-1')}: the certificate of device "pump-1" is not in batches/000001.tar.gz`,
    ],
  ],
  [
    'a batch that no line has',
    { before: vault => void vault.archives.set(9, vault.archives.get(2) ?? Buffer.alloc(0)) },
    () => [
      'batch batches/000009.tar.gz: no line of the ledger has this batch: what is in it cannot be revoked',
    ],
  ],
  [
    'devices trust somebody else',
    {
      before: vault => {
        vault.files.set('devices/esp32-1/ca.crt', stranger.certificate)
        rebatch(vault, 1, files => files.set('pump-2/ca.crt', stranger.certificate))
      },
    },
    () => [
      `certificate ${lineOf('esp32-1')}: the ca.crt of device "esp32-1" is of no authority that the ledger has`,
      `certificate ${lineOf('pump-2')}: the ca.crt of device "pump-2" is of no authority that the ledger has`,
    ],
  ],
  [
    'a certificate of another authority is on record',
    {
      before: async vault => {
        const certificate = await strangeCertificate('ghost')
        vault.files.set('devices/ghost/client.crt', certificate)
        await vault.append([
          issuedAct({ kind: 'device', name: 'ghost', certificate }, 'of this test'),
        ])
      },
    },
    () => [
      `signature ${lastLine(1)}: device "ghost" in devices/ghost/client.crt is signed by no authority of the vault (the ledger names ${String(certificateFacts(stranger.certificate).subjectKeyId)})`,
    ],
  ],
]

describe('what does not fit is named', () => {
  test.each(cases)('%s', async (_what, damage, expected) => {
    const { lines, findings } = await auditOf(damage)
    expect(lines).toEqual(expected())
    expect(findings.filter(({ hint }) => hint.length < 10)).toEqual([])
  })
})
