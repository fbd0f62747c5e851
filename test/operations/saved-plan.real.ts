import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { againstSchema } from './plan-document.js'
import { quickstart } from './rehearsal.js'

const command = fileURLToPath(new URL('../../dist/cli/bednet.cjs', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bednet-saved-'))
  await writeFile(join(folder, 'bednet.yaml'), quickstart)
})
afterAll(async () => {
  await bednet('down', '--sandbox', '--yes')
  await rm(folder, { recursive: true, force: true })
})

test('a plan is saved, and carried out as it is or not at all', async () => {
  const first = await bednet('plan', '--sandbox', '--json', '--out', 'first.json')
  expect(first.code, first.stderr).toBe(2)
  expect(againstSchema(JSON.parse(first.stdout))).toEqual([])
  expect(againstSchema(JSON.parse(await readFile(join(folder, 'first.json'), 'utf8')))).toEqual([])
  // Nothing was made for it, in the vault least of all.
  expect((await readdir(folder)).sort()).toEqual(['bednet.yaml', 'first.json'])

  // Where it is free, a sandbox takes the ports of the profile: with `up` it has them for good.
  const up = await bednet('up', '--sandbox', '--plan', 'first.json')
  expect(up.code, `${up.stdout}${up.stderr}`).toBe(0)
  const again = await bednet('up', '--sandbox', '--plan', 'first.json')
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('the plan is no longer what would be done')

  const empty = await bednet('plan', '--sandbox', '--json')
  expect(empty.code, empty.stdout).toBe(0)
  expect(againstSchema(JSON.parse(empty.stdout))).toEqual([])

  await edit(text => text.replace('subscribe: [', 'subscribe: [more/topics, '))
  await bednet('plan', '--sandbox', '--out', 'second.json')
  await edit(text => text.replace('more/topics', 'other/topics'))
  const before = await served()
  const refused = await bednet('up', '--sandbox', '--plan', 'second.json')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('"file acl" is another')
  expect(await served()).toBe(before)
  await edit(text => text.replace('other/topics', 'more/topics'))
  const done = await bednet('up', '--sandbox', '--plan', 'second.json')
  expect(done.code, `${done.stdout}${done.stderr}`).toBe(0)
  expect(await served()).toContain('more/topics')
})

test('it takes one plan, and no host beside it', async () => {
  const both = await bednet('up', '--sandbox', '--plan', 'second.json', '--host', 'hub')
  expect(both).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('cannot be given') as string,
  })
  const none = await bednet('up', '--sandbox', '--plan', 'bednet.yaml')
  expect(none).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no plan can be read') as string,
  })
})

async function edit(change: (text: string) => string): Promise<void> {
  const path = join(folder, 'bednet.yaml')
  const text = await readFile(path, 'utf8')
  // An edit that changes nothing would prove nothing.
  expect(change(text)).not.toBe(text)
  await writeFile(path, change(text))
}

/** The rights that the sandbox's broker was given last. */
async function served(): Promise<string> {
  const current = '.bednet/quickstart.sandbox/hosts/hub/etc/mosquitto/bednet/current/acl'
  return await readFile(join(folder, current), 'utf8')
}

async function bednet(...words: readonly string[]) {
  return await new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    const options = { cwd: folder, timeout: 60_000 }
    execFile(process.execPath, [command, ...words], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}
