import { createPrivateKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { credentialsOf, type Places } from '../../src/operations/credentials.js'
import { tarFiles } from '../../src/vault/tar.js'
import {
  dueIn,
  issueAll,
  issueListed,
  lines,
  profile,
  projectOf,
  plantAuthority,
} from './greenhouse.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'

const withFormats = profile.replace(
  '  - { names: "esp32-{1..2}", role: sensor }',
  `  - { names: "esp32-{1..2}", role: sensor, formats: der }
  - { names: phone, role: sensor, platform: ios }
  - { names: server, role: sensor, platform: java }`,
)
const project = projectOf(withFormats)

async function issued(): Promise<MemoryVault> {
  const vault = memoryVault()
  await plantAuthority(vault, project)
  await issueAll(project, vault)
  return vault
}

const vault = await issued()

function filesOf({ files }: MemoryVault, name: string): readonly string[] {
  const folder = `devices/${name}/`
  return [...files.keys()]
    .filter(each => each.startsWith(folder))
    .map(each => each.slice(folder.length))
    .sort()
}

test.each([
  ['esp32-1', ['ca.crt', 'ca.der', 'client-key.der', 'client.crt', 'client.der', 'client.key']],
  ['phone', ['ca.crt', 'client-legacy.p12', 'client.crt', 'client.key', 'passphrase']],
  ['server', ['ca.crt', 'client.crt', 'client.key', 'client.p12', 'passphrase', 'truststore.p12']],
])('the folder of %s has the files of its formats and no others', (name, expected) => {
  expect(filesOf(vault, name)).toEqual(expected)
})

test('nothing is due then', async () => {
  expect(await dueIn({ project, vault })).toEqual([])
})

test('a key stays in clear where the profile has no passphrase, also beside PKCS#12', () => {
  const pem = vault.files.get('devices/phone/client.key') ?? ''
  const der = Buffer.from(vault.files.get('devices/esp32-1/client-key.der') ?? '', 'latin1')
  expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  expect(
    createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).equals(
      createPrivateKey(vault.files.get('devices/esp32-1/client.key') ?? ''),
    ),
  ).toBe(true)
})

test('a file that is missing is made again, and the certificate stays', async () => {
  const damaged = vault.copy()
  damaged.files.delete('devices/server/client.p12')
  damaged.files.delete('devices/esp32-2/client.der')
  const before = damaged.files.get('devices/server/client.crt')
  expect(lines(await dueIn({ project, vault: damaged }))).toEqual([
    'files esp32-2: lacks client.der',
    'files server: lacks client.p12',
  ])
  await issueAll(project, damaged)
  expect(filesOf(damaged, 'server')).toEqual(filesOf(vault, 'server'))
  expect(damaged.files.get('devices/esp32-2/client.der')).toBe(
    vault.files.get('devices/esp32-2/client.der'),
  )
  expect(damaged.files.get('devices/server/client.crt')).toBe(before)
  expect(damaged.lines).toHaveLength(vault.lines.length)
})

test('of a key that was handed over none can be made, and none is due', async () => {
  const handedOver = vault.copy()
  handedOver.files.delete('devices/server/client.p12')
  handedOver.files.delete('devices/server/client.key')
  expect(await dueIn({ project, vault: handedOver })).toEqual([])
})

test('what is no longer wanted goes with the certificate it was made of', async () => {
  const changed = vault.copy()
  const another = projectOf(withFormats.replace('platform: java', 'formats: der, key: p384'))
  expect(lines(await dueIn({ project: another, vault: changed }))).toEqual([
    'device server: its key is p256, not p384',
  ])
  await issueAll(another, changed)
  expect(filesOf(changed, 'server')).toEqual([
    ...[
      'ca.crt',
      'ca.der',
      'client-key.der',
      'client.crt',
      'client.der',
      'client.key',
      'passphrase',
    ],
  ])
})

test('what lies in a batch gets a folder with them', async () => {
  const batched = memoryVault()
  await plantAuthority(batched, project)
  const plain = projectOf(profile)
  await issueListed(batched, plain, ['esp32-1', 'esp32-2'])
  const wanted = projectOf(profile.replace('role: sensor }', 'role: sensor, formats: p12 }'))
  const due = (await dueIn({ project: wanted, vault: batched })).filter(
    ({ kind }) => kind === 'files',
  )
  expect(lines(due)).toEqual(['files esp32-1: lacks client.p12', 'files esp32-2: lacks client.p12'])
  await issueAll(wanted, batched)
  expect(filesOf(batched, 'esp32-1')).toEqual([
    'ca.crt',
    'client.crt',
    'client.key',
    'client.p12',
    'passphrase',
  ])
  expect(await dueIn({ project: wanted, vault: batched })).toEqual([])
})

test('they are handed out too, without the passphrase', async () => {
  const places: Places = new Map([[undefined, new Set(['server', 'esp32-1'])]])
  const names: string[] = []
  for await (const { tar } of credentialsOf(vault, places, () => undefined))
    for (const { name, content } of tarFiles(tar())) {
      names.push(name)
      expect(content.toString('latin1')).toBe(vault.files.get(`devices/${name}`))
    }
  expect(names).toEqual([
    ...['server/ca.crt', 'server/client.crt', 'server/client.key'],
    ...['server/client.p12', 'server/truststore.p12'],
    ...['esp32-1/ca.crt', 'esp32-1/client.crt', 'esp32-1/client.key'],
    ...['esp32-1/ca.der', 'esp32-1/client.der', 'esp32-1/client-key.der'],
  ])
})
