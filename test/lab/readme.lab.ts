import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocks, blockWith } from '../readme.js'
import { endLab, labHost, noLab } from './host.js'

const command = fileURLToPath(new URL('../../dist/cli/bednet.cjs', import.meta.url))
const name = 'readme-host'

/** README's own profile, for a host and an operator of the lab. */
function profile(): string {
  const [written = ''] = blocks('yaml')
  return written
    .replace('[192.0.2.0/24', '[10.99.0.0/16, 192.0.2.0/24')
    .replace('ubuntu@mqtt.example.org', 'ubuntu@mqtt.readme.test')
}

describe.skipIf(noLab)('README, for real', () => {
  let folder: string
  let environment: Record<string, string>
  beforeAll(async () => {
    const host = await labHost({ name, aliases: ['mqtt.readme.test'] })
    folder = await mkdtemp(join(tmpdir(), 'bednet-readme-'))
    await mkdir(join(folder, '.ssh'))
    const config = `IdentityFile ${host.key}\nUserKnownHostsFile ${host.knownHosts}\n`
    await writeFile(join(folder, '.ssh/config'), config)
    await writeFile(join(folder, 'bednet.yaml'), profile())
    environment = { HOME: folder, BEDNET_CA_PASSPHRASE: 'correct horse battery staple' }
  })
  afterAll(async () => {
    await endLab({ name })
    await rm(folder, { recursive: true, force: true })
  })

  test('plan, up, verify and status, as they are written', async () => {
    const codes: Record<string, number | undefined> = {}
    for (const line of blockWith('bednet up')) {
      const words = line.split(' ').slice(1)
      const options = { cwd: folder, env: environment, all: true, reject: false } as const
      const { exitCode, all } = await execa(process.execPath, [command, ...words], options)
      codes[line] = exitCode
      if (line === 'bednet up') expect(all).toContain('broker hub is up and is proven')
      if (line === 'bednet status') expect(all).toContain('as the profile says')
    }
    expect(codes).toEqual({
      'bednet plan': 2,
      'bednet up': 0,
      'bednet verify': 0,
      'bednet status': 0,
    })
  })
})
