import { beforeAll, describe, expect, test } from 'vitest'
import { authorityOpener } from '../../src/operations/authority.js'
import { readPrivateKey } from '../../src/pki/key.js'
import { Secret } from '../../src/secret.js'
import { profile, projectOf, recordingWorld } from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'

const { fleet } = projectOf(profile.replace('key: p256', 'key: ed25519'))
const because = 'there is none yet'
const due = { kind: 'authority', id: 'ca', name: 'greenhouse CA', because } as const

/** Encrypting a key takes a good part of a second, so it is done once. */
let made: MemoryVault
beforeAll(async () => {
  made = memoryVault()
  await authorityOpener({ fleet, vault: made, world: recordingWorld() }, [due])('ca')
})

test('its key is encrypted, with the passphrase that was drawn', () => {
  const key = made.files.get('authority/ca.key') ?? ''
  expect(key).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  const passphrase = made.files.get('authority/passphrase') ?? ''
  expect(passphrase).toMatch(/^[\w-]{32}$/)
  expect(readPrivateKey(key, new Secret(passphrase)).type).toBe('private')
})

test('its certificate comes last, after the ledger and the key', () => {
  expect([...made.files.keys()]).toEqual([
    'authority/passphrase',
    'authority/ca.key',
    'authority/ca.crt',
  ])
  expect(made.lines).toMatchObject([{ act: 'issued', kind: 'authority', name: 'greenhouse CA' }])
})

describe('an authority that is not whole is not made anew', () => {
  test.each(['authority/ca.key', 'authority/passphrase'])('without %s', async name => {
    const vault = made.copy()
    vault.files.delete(name)
    await expect(
      authorityOpener({ fleet, vault, world: recordingWorld() }, [])('ca'),
    ).rejects.toMatchObject({
      code: 'VAULT_DAMAGED',
      hint: expect.stringContaining('put authority/ca.key back') as unknown,
    })
    expect(vault.files.size).toBe(2)
  })
})
