import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { hostOn } from '../../src/hosts/host.js'
import { openLocal } from '../../src/hosts/local.js'
import type { Shell } from '../../src/hosts/shell.js'
import { openSsh } from '../../src/hosts/ssh.js'
import { Secret } from '../../src/secret.js'
import { hostContract } from '../contract/host.js'
import { sceneHere } from './host-scene.js'
import { type RealSshd, sshdMissing, startSshd, temporaryUser } from './real-sshd.js'

const missing = sshdMissing()
const password = 'pl4nted-real-password'

describe.skipIf(missing)(`a real sshd${missing === false ? '' : ` (skipped: ${missing})`}`, () => {
  let sshd: RealSshd
  let user: Awaited<ReturnType<typeof temporaryUser>>
  beforeAll(async () => {
    sshd = await startSshd()
    user = await temporaryUser(password)
    const hostKey = await readFile(`${sshd.hostKeys[0] ?? ''}.pub`, 'utf8')
    await writeFile(knownHosts(), `[127.0.0.1]:${String(sshd.port)} ${hostKey}`)
  })
  afterAll(async () => {
    await user.remove()
    await sshd.stop()
  })

  const knownHosts = () => join(sshd.folder, 'known')
  const openAs = async (name: string, sudoPassword?: string): Promise<Shell> => {
    const sshConfig = join(sshd.folder, 'config')
    await writeFile(sshConfig, `IdentityFile ${sshd.keyFile}\n`)
    return await openSsh(
      { kind: 'ssh', user: name, name: '127.0.0.1', port: sshd.port },
      {
        world: { environment: { HOME: sshd.folder }, ask: undefined, confirm: undefined },
        sshConfig,
        knownHosts: [knownHosts()],
        sudoPassword: sudoPassword === undefined ? undefined : new Secret(sudoPassword),
      },
    )
  }

  hostContract('root, by a real sshd', () => sceneHere('detect', () => openAs('root')))

  hostContract('a user and real sudo, by a real sshd', () =>
    sceneHere('detect', () => openAs(user.name, password), [password]),
  )

  test('a wrong sudo password is refused without being shown', async () => {
    const wrong = 'pl4nted-wrong-password'
    const host = hostOn(await openAs(user.name, wrong), { root: '', services: 'detect' })
    const error = await host.answer({ who: 'id' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED' })
    expect(inspect(error, { depth: 9 })).toContain('refused the password')
    expect(inspect(error, { depth: 9 })).not.toContain(wrong)
    await host.close()
  })
})

if (process.getuid?.() === 0) {
  hostContract('local, as root', () => sceneHere('detect', () => Promise.resolve(openLocal())))
}
