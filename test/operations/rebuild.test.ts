import { join } from 'node:path'
import { expect, test } from 'vitest'
import { audit } from '../../src/operations/audit.js'
import { inventoried } from '../../src/operations/inventory.js'
import { listDevices } from '../../src/operations/list.js'
import { revocationListFacts } from '../../src/pki/revocation.js'
import { indexLedger } from '../../src/vault/ledger.js'
import { readVault } from '../../src/vault/vault.js'
import { scratchFolder } from '../vault/scratch.js'
import { sound } from './damaged-vault.js'
import { dueIn, issueAll, lines, projectOf, recordingWorld } from './greenhouse.js'
import { today } from './today.js'

test('from the ledger and the authority alone, all else comes back', async () => {
  const left = sound.copy()
  left.archives.clear()
  for (const name of left.files.keys())
    if (!/^authority\/(ca\.crt|ca\.key|passphrase)$/.test(name)) left.files.delete(name)
  const folder = join(scratchFolder(), 'vault')
  await left.save(folder)

  // What is known, is known by the ledger.
  const project = projectOf()
  const { entries } = await readVault(folder).ledger()
  const known = inventoried(project, entries)
  expect(known).toEqual(inventoried(project, sound.lines))
  expect(known.fleet.devices.map(({ name }) => name)).toContain('pump-6')
  expect(listDevices(project, entries, today)).toEqual(listDevices(project, sound.lines, today))

  // What is lost, is made again, and says why.
  const before = indexLedger(entries)
  const question = { project: known, vault: left, reuseNames: true }
  const due = lines(await dueIn(question))
  expect(due).toContain('revocation-list crl.pem: there is none yet')
  expect(due).toContain('device pump-6: its credential is not in the vault')
  await issueAll({ ...known, fleet: withoutRevoked(known.fleet) }, left)

  // And whoever was revoked stays so.
  const facts = revocationListFacts(left.files.get('authority/crl.pem') ?? '')
  const revoked = facts.serials.map(serial => serial.toLowerCase())
  expect(revoked).toEqual(expect.arrayContaining([...before.revokedSerials.keys()]))
  expect(facts.number).toBe(before.revocationListNumber + 1)
  const again = join(scratchFolder(), 'again')
  await left.save(again)
  const world = recordingWorld()
  const { findings } = await audit({ folder: again, world, everySignature: true })
  expect(findings).toEqual([])
})

/** Its name may not be given again. */
function withoutRevoked(fleet: ReturnType<typeof projectOf>['fleet']) {
  return { ...fleet, devices: fleet.devices.filter(({ name }) => name !== 'esp32-2') }
}
