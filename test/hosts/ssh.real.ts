import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Shell } from '../../src/hosts/shell.js'
import { openSsh } from '../../src/hosts/ssh.js'
import { Secret } from '../../src/secret.js'
import { runToEnd, shellContract, shellVolumes } from '../contract/shell.js'
import {
  type RealSshd,
  sshdMissing,
  sshKeygen,
  startAgent,
  startSshd,
  temporaryUser,
} from './real-sshd.js'

const run = promisify(execFile)
const missing = sshdMissing()

describe.skipIf(missing)(`a real sshd${missing === false ? '' : ` (skipped: ${missing})`}`, () => {
  let sshd: RealSshd
  beforeAll(async () => {
    sshd = await startSshd()
    await mkdir(join(sshd.folder, '.ssh'))
    const { stdout } = await run('ssh-keyscan', ['-p', String(sshd.port), '127.0.0.1'])
    await writeFile(join(sshd.folder, '.ssh/known_hosts'), stdout)
    await sshKeygen('-H', '-f', join(sshd.folder, '.ssh/known_hosts'))
  })
  afterAll(() => sshd.stop())

  interface Visitor {
    readonly config?: string
    readonly user?: string
    readonly name?: string
    readonly environment?: Readonly<Record<string, string>>
    readonly password?: string
  }

  const open = async (visitor: Visitor = {}): Promise<Shell> => {
    const sshConfig = join(sshd.folder, 'config')
    await writeFile(sshConfig, visitor.config ?? `IdentityFile ${sshd.keyFile}\n`)
    const { user = 'root', name = '127.0.0.1', environment, password } = visitor
    return await openSsh(
      { kind: 'ssh', user, name, port: sshd.port },
      {
        world: {
          environment: { HOME: sshd.folder, ...environment },
          ask: undefined,
          confirm: undefined,
        },
        sshConfig,
        sudoPassword: password === undefined ? undefined : new Secret(password),
      },
    )
  }

  const whoIsIn = async (visitor: Visitor): Promise<string> => {
    const shell = await open(visitor)
    const { lines } = await runToEnd(shell, 'id -un')
    await shell.close()
    return lines.join()
  }

  for (const contract of [shellContract, shellVolumes]) {
    contract('ssh to a real sshd', async () => ({
      shell: await open(),
      connection: new RegExp(`^127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${String(sshd.port)}$`),
    }))
  }

  test.each([
    ['OpenSSH’s own', []],
    ['PEM', ['-m', 'PEM']],
    ['PKCS#8', ['-m', 'PKCS8']],
  ])('an encrypted key file, %s', async (_format, options) => {
    const file = join(sshd.folder, ['ecdsa', ...options].join(''))
    await sshKeygen('-t', 'ecdsa', '-N', 'open sesame', ...options, '-f', file)
    await appendFile(join(sshd.folder, 'authorized_keys'), await readFile(`${file}.pub`))
    const config = `IdentityFile ${file}\n`
    const environment = { BEDNET_SSH_PASSPHRASE: 'open sesame' }
    expect(await whoIsIn({ config, environment })).toBe('root')
    await expect(whoIsIn({ config })).rejects.toMatchObject({ code: 'SECRET_MISSING' })
  })

  test('a real agent', async () => {
    const socket = join(sshd.folder, 'agent')
    const agent = await startAgent(sshd.keyFile, socket)
    const environment = { SSH_AUTH_SOCK: socket }
    try {
      expect(await whoIsIn({ config: 'IdentityFile none\n', environment })).toBe('root')
      const others = `IdentitiesOnly yes\nIdentityFile ${sshd.hostKeys[0] ?? ''}\n`
      await expect(whoIsIn({ config: others, environment })).rejects.toMatchObject({
        code: 'HOST_LOGIN_REFUSED',
        message: expect.stringMatching(/tried \S+host_ed25519; it takes publickey$/) as unknown,
      })
    } finally {
      agent.kill()
    }
  })

  test('more keys than it takes in one login', async () => {
    const files = ['w1', 'w2', 'w3', 'w4'].map(name => join(sshd.folder, name))
    for (const file of files) await sshKeygen('-t', 'ed25519', '-N', '', '-f', file)
    const config = files.map(file => `IdentityFile ${file}\n`).join('')
    await expect(open({ config })).rejects.toMatchObject({
      code: 'HOST_LOGIN_REFUSED',
      hint: expect.stringContaining('IdentitiesOnly yes') as unknown,
    })
  })

  test('over itself as two jump hosts', async () => {
    const at = ` HostName 127.0.0.1\n Port ${String(sshd.port)}\n User root\n`
    const config =
      `IdentityFile ${sshd.keyFile}\nHost hub\n HostName 127.0.0.1\n ProxyJump a,b\n` +
      `Host a\n${at}Host b\n${at}`
    expect(await whoIsIn({ config, name: 'hub' })).toBe('root')
  })

  test('a host that says nothing is given up after ten seconds', async () => {
    const mute = createServer(() => undefined)
    await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve))
    const bound = mute.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    await expect(
      openSsh(
        { kind: 'ssh', user: 'root', name: '127.0.0.1', port },
        { world: { environment: { HOME: sshd.folder }, ask: undefined, confirm: undefined } },
      ),
    ).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: expect.stringContaining('no answer within 10 s') as unknown,
    })
    mute.close()
  })

  describe('real sudo, with a password', () => {
    const password = `p'$ "w\\${String(process.pid)}`
    const upload = Buffer.alloc(400_000, 'upload line\n')
    let user: Awaited<ReturnType<typeof temporaryUser>>
    beforeAll(async () => {
      user = await temporaryUser(password)
    })
    afterAll(() => user.remove())

    test('the upload arrives whole, as root', async () => {
      const shell = await open({ user: user.name, password })
      const digest = createHash('sha256').update(upload).digest('hex')
      const { lines } = await runToEnd(shell, 'id -un; echo "$1"; sha256sum', upload)
      expect(lines).toEqual(['root', expect.stringMatching(/^127\.0\.0\.1 \d+ /), `${digest}  -`])
      await shell.close()
    })

    test('the password is in no argv or environment', async () => {
      const shell = await open({ user: user.name, password })
      const look = `cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'`
      const { lines } = await runToEnd(shell, `poison=there; export poison; ${look}`)
      const all = lines.join('\n')
      expect(all).toContain('poison=there')
      expect(all).not.toContain(password)
      await shell.close()
    })

    test('a wrong one costs one guess', async () => {
      const shell = await open({ user: user.name, password: 'wrong' })
      await expect(shell.run('id', upload)).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        message: expect.stringMatching(/refused the password.*1 incorrect password/) as unknown,
      })
      await shell.close()
    })

    test('none', async () => {
      const shell = await open({ user: user.name })
      await expect(shell.run('id')).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('needs a password and none was given') as unknown,
      })
      await shell.close()
    })

    test('not in the sudoers', async () => {
      await run('gpasswd', ['--delete', user.name, 'sudo'])
      const shell = await open({ user: user.name, password })
      await expect(shell.run('id')).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('does not let this user become root') as unknown,
      })
      await shell.close()
    })
  })
})
