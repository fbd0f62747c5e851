import { beforeAll, describe, expect, test } from 'vitest'
import { firstCommand, writeNotes } from '../../src/operations/notes.js'
import { rehearsed } from '../../src/operations/sandbox.js'
import { targetsOf, type Target } from '../../src/operations/target.js'
import { readTemplates } from '../../src/operations/templates.js'
import type { Vault } from '../../src/vault/vault.js'
import { profile, projectOf, stockedVault } from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'
import { watched } from './watched-vault.js'

let stocked: MemoryVault
beforeAll(async () => {
  stocked = await stockedVault()
})

const listener = '  - { port: 8883, admit: certificate }\n'
const [certificate, both] = [listener, '  - { port: 8884, admit: certificate+password }\n']

const profiles: Readonly<Record<string, string>> = {
  plain: profile,
  // Two brokers, a port of each kind, and one that a certificate does not open.
  several: profile
    .replace('brokers:\n', 'brokers:\n  attic: { host: me@attic.example.org }\n')
    .replace(certificate, `${certificate}${both}`),
  encrypted: profile.replace('role: sensor }\n', 'role: sensor, passphrase: { env: P } }\n'),
  formats: profile.replace('role: sensor }\n', 'role: sensor, platform: java }\n'),
  'encrypted-formats': profile.replace(
    'role: sensor }\n',
    'role: sensor, passphrase: { env: P }, formats: [der, p12-legacy] }\n',
  ),
  'nothing-to-do': profile.replace(/sensor: .*/, 'sensor: {}'),
}

describe('the note for the owner of a device', () => {
  test.each(Object.keys(profiles))('%s', async name => {
    const vault = stocked.copy()
    await write(vault, profiles[name] ?? '')
    const note = vault.files.get('devices/esp32-1/README.md') ?? ''
    await expect(note).toMatchFileSnapshot(`notes/${name}.md`)
    expect(vault.files.get('devices/esp32-2/README.md')).toBe(note.replaceAll('esp32-1', 'esp32-2'))
  })

  test('is written where it has changed, and nowhere else', async () => {
    const vault = stocked.copy()
    await write(vault, profile)
    const deeds: string[] = []
    await write(
      watched(vault, deed => deeds.push(deed)),
      profile,
    )
    expect(deeds).toEqual([])
    vault.files.set('devices/esp32-2/README.md', 'changed by hand')
    await write(
      watched(vault, deed => deeds.push(deed)),
      profile,
    )
    expect(deeds).toEqual(['write devices/esp32-2/README.md'])
  })

  test('is not written for a device without a certificate', async () => {
    const vault = stocked.copy()
    vault.files.delete('devices/esp32-2/client.crt')
    await write(vault, profile)
    expect(vault.files.has('devices/esp32-2/README.md')).toBe(false)
  })
})

describe('the line to be pasted', () => {
  const folder = (device: string) => `my vault/devices/${device}`

  test('of a real host', async () => {
    expect(firstCommand(await target(profile), folder)).toBe(
      "mosquitto_pub -h mqtt.example.org -p 8883 -V 5 -q 1 --cafile 'my vault/devices/esp32-1/ca.crt' " +
        "--cert 'my vault/devices/esp32-1/client.crt' --key 'my vault/devices/esp32-1/client.key' " +
        '-t sensors/esp32-1/test -m hello',
    )
  })

  test('of a rehearsal', async () => {
    const project = rehearsed(projectOf(), { sandbox: true, environment: {} })
    const [found] = await targetsOf(project, [], 'find')
    expect(found && firstCommand(found, () => '.')).toMatch(/^mosquitto_pub -h localhost -p 8883 /)
  })

  test.each([
    ['no device', /devices:\n.*\n/, ''],
    ['a key that is encrypted', 'role: sensor }\n', 'role: sensor, passphrase: { env: P } }\n'],
    ['no port for a certificate alone', certificate, both],
    ['a role that may do nothing', /sensor: .*/, 'sensor: {}'],
  ])('there is none for %s', async (_what, from, to) => {
    const text = profile.replace(from, to)
    expect(text).not.toBe(profile)
    expect(firstCommand(await target(text), folder)).toBeUndefined()
  })
})

async function write(vault: Vault, text: string): Promise<void> {
  const project = projectOf(text)
  const templates = await readTemplates(undefined)
  await writeNotes({ project, vault, templates, targets: await targetsOf(project, [], 'find') })
}

async function target(text: string): Promise<Target> {
  const [found] = await targetsOf(projectOf(text), [], 'find')
  if (found === undefined) throw new Error('a profile of no broker')
  return found
}
