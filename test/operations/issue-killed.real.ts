import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { audit } from '../../src/operations/audit.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { readPrivateKey } from '../../src/pki/key.js'
import { indexLedger } from '../../src/vault/ledger.js'
import type { Vault } from '../../src/vault/vault.js'
import { scratchFolder } from '../vault/scratch.js'
import {
  dueIn,
  issueAll,
  issueListed,
  plantAuthority,
  profile,
  projectOf,
  recordingWorld,
  serialsOf,
  stockedVault,
} from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'
import { watched } from './watched-vault.js'

// Nothing of this machine is needed; there are so many places that they take seconds.
describe('killed at any write to the vault, the next run ends the work', () => {
  test('from an authority alone', async () => {
    const start = memoryVault()
    await plantAuthority(start, projectOf(small))
    await killedEverywhere(start, projectOf(small))
  })

  test('with a broker and a device to be issued again, a device gone and a password changed', async () => {
    const start = await stockedVault(projectOf(small.replace('{1..1}', '{1..2}')))
    const text = small
      .replace('[192.0.2.10]', '[192.0.2.11]')
      .replace('{1..1}"', '{1..1}", key: p384')
      .replace('env: DASHBOARD_PASSWORD', 'env: OTHER')
    await killedEverywhere(start, projectOf(text))
  })
})

/** One role and one device: fewer places to be killed at, and none of another kind. */
const small = profile
  .replace('{1..2}', '{1..1}')
  .replace(/ {2}viewer: .*\n/, '')
  .replace('role: viewer', 'role: sensor')

async function killedEverywhere(start: MemoryVault, project: ReturnType<typeof projectOf>) {
  const world = recordingWorld({ environment: { DASHBOARD_PASSWORD: 'one', OTHER: 'another' } })
  let isWhole = false
  let writes = 0
  for (; !isWhole; writes += 1) {
    const vault = start.copy()
    isWhole = await issueAll(project, killedAfter(vault, writes), world).then(
      () => true,
      () => false,
    )
    expectSound(vault)
    await issueAll(project, vault, world)
    expectSound(vault)
    expect(await dueIn({ project, vault, world })).toEqual([])
  }
  expect(writes).toBeGreaterThan(10)
}

/** Each certificate is on record, and beside it there is no key but its own. */
function expectSound({ files, lines }: MemoryVault): void {
  const recorded = lines.flatMap(entry => (entry.act === 'issued' ? [entry.sha256] : []))
  for (const [name, text] of files) {
    if (!name.endsWith('.crt')) continue
    expect(recorded, name).toContain(certificateFacts(text).fingerprint)
    const key = files.get(name.replace(/crt$/, 'key'))
    if (key === undefined) continue
    expect(new X509Certificate(text).checkPrivateKey(readPrivateKey(key)), name).toBe(true)
  }
}

/** Does so many writes, and fails from then on. */
function killedAfter(vault: MemoryVault, writes: number): Vault {
  let left = writes
  return watched(vault, () => {
    if (left === 0) throw new Error('killed')
    left -= 1
  })
}

test('a list in three batches, killed at any write: sound, and nothing is issued twice', async () => {
  const project = projectOf(small)
  const start = memoryVault()
  await plantAuthority(start, project)
  const names = Array.from({ length: 1100 }, (_, index) => `pump-${String(index)}`)
  let isWhole = false
  let writes = 0
  for (; !isWhole; writes += 1) {
    const vault = start.copy()
    isWhole = await issueListed(killedAfter(vault, writes), project, names).then(
      () => true,
      () => false,
    )
    await expectAudited(vault)
    const { held } = indexLedger(vault.lines)
    await issueListed(
      vault,
      project,
      names.filter(name => held('device', name) === undefined),
    )
    await expectAudited(vault)
    expect(names.map(name => serialsOf(vault, name).length)).toEqual(names.map(() => 1))
  }
  expect(writes).toBe(7)
})

/** What the ledger has is in a batch, and what is in a batch is in the ledger, but for the next one. */
async function expectAudited(vault: MemoryVault): Promise<void> {
  const folder = join(scratchFolder(), 'vault')
  await vault.save(folder)
  const found = await audit({ folder, world: recordingWorld(), everySignature: false })
  expect(found.findings).toEqual([])
}
