import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Project } from '../../src/operations/load.js'
import { renderHosts, writeRendered } from '../../src/operations/render.js'
import { profile, projectOf, recordingWorld, stockedVault } from './greenhouse.js'
import type { MemoryVault } from './memory-vault.js'

const golden = fileURLToPath(new URL('rendered', import.meta.url))
const text = profile
  .replace('{1..2}', '{1..1}')
  .replace('admit: certificate }', 'admit: certificate, from: [192.0.2.0/24] }')
  .concat('firewall: { enable: true }\n')

let folder: string
let project: Project
let vault: MemoryVault
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bednet-render-'))
  project = projectOf(text, folder)
  vault = await stockedVault(project)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const rendered = async (version = '2.0.11') =>
  await renderHosts({ project, world: recordingWorld(), brokers: [], version })

test('of a vault that has nothing: what it will be, and what is still to be issued', async () => {
  const files = await rendered()
  expect(files.map(({ path }) => path)).toEqual([
    ...[
      'broker.conf',
      'identity',
      'acl',
      'passwords',
      'broker.crt',
      'broker.key',
      'ca.crt',
      'crl.pem',
    ].map(name => `hub/etc/mosquitto/bednet/current/${name}`),
    'hub/commands',
  ])
  expect(textOf(files, 'broker.key')).toBe('<to be issued: there is none yet>\n')
  expect(readdirSync(folder)).toEqual([])
})

test('of a vault that has all: as in test/operations/rendered', async () => {
  await vault.save(project.vault)
  const out = join(folder, 'out')
  await writeRendered(out, await rendered())
  for (const name of filesBelow(out)) {
    const found = withoutWhatChanges(readFileSync(join(out, name), 'utf8'))
    await expect(found).toMatchFileSnapshot(join(golden, name))
  }
  expect(filesBelow(out)).toEqual(filesBelow(golden))
})

test('written again it takes the place of what is there', async () => {
  const out = join(folder, 'again')
  await writeRendered(out, [{ path: 'hub/commands', text: 'old, and longer' }])
  await writeRendered(out, [{ path: 'hub/commands', text: 'new' }])
  expect(readFileSync(join(out, 'hub/commands'), 'utf8')).toBe('new')
})

test('no secret is in it', async () => {
  const all = (await rendered()).map(file => file.text).join('')
  const secrets = [...vault.files]
    .filter(([name]) => /key$|passphrase$|password$|hash$/.test(name))
    .map(([, content]) => content.split('\n')[1] ?? content)
  expect(secrets.length).toBeGreaterThan(15)
  expect(secrets.filter(secret => all.includes(secret))).toEqual([])
  // The control: what may be shown is found in the same way.
  expect(all).toContain(vault.files.get('brokers/hub/broker.crt')?.split('\n')[1])
})

function textOf(files: Awaited<ReturnType<typeof renderHosts>>, name: string): string | undefined {
  return files.find(({ path }) => path.endsWith(`/${name}`))?.text
}

function filesBelow(parent: string): readonly string[] {
  return readdirSync(parent, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(parent.length + 1))
    .sort()
}

/** Keys are drawn anew in each run, and so are certificates and digests. */
function withoutWhatChanges(content: string): string {
  return content
    .replaceAll(/(?<=-----BEGIN [\w ]+-----\n)[\w+/=\n]+(?=-----END)/g, '…\n')
    .replaceAll(/[0-9a-f]{64}/g, '…')
}
