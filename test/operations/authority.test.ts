import { beforeAll, describe, expect, test } from 'vitest'
import { openAuthority } from '../../src/operations/authority.js'
import { readPrivateKey } from '../../src/pki/key.js'
import { Secret } from '../../src/secret.js'
import { profile, projectOf, recordingWorld } from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'

const { fleet } = projectOf(profile.replace('key: p256', 'key: ed25519'))
const due = { kind: 'authority', name: 'greenhouse CA', because: 'there is none yet' } as const

/** Encrypting a key takes a good part of a second, so it is done once. */
let made: MemoryVault
beforeAll(async () => {
  made = memoryVault()
  await openAuthority({ fleet, vault: made, world: recordingWorld() }, due)
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
      openAuthority({ fleet, vault, world: recordingWorld() }, undefined),
    ).rejects.toMatchObject({
      code: 'VAULT_DAMAGED',
      hint: expect.stringContaining('restore authority/') as unknown,
    })
    expect(vault.files.size).toBe(2)
  })
})
