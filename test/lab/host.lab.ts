import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type Host, hostOn } from '../../src/hosts/host.js'
import { openSsh } from '../../src/hosts/ssh.js'
import { Secret } from '../../src/secret.js'
import { hostContract } from '../contract/host.js'
import { endLab, labHost, type LabHost, labSudoPassword, noLab } from './host.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

describe.skipIf(noLab)(`a host on systemd, by sshd${because}`, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bednet-lab-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const open = async (lab: LabHost, password?: string): Promise<Host> => {
    const sshConfig = join(folder, lab.name)
    await writeFile(sshConfig, `IdentityFile ${lab.key}\n`)
    const shell = await openSsh(
      { kind: 'ssh', user: lab.user, name: lab.address, port: lab.port },
      {
        world: { environment: { HOME: folder }, ask: undefined, confirm: undefined },
        sshConfig,
        knownHosts: [lab.knownHosts],
        sudoPassword: password === undefined ? undefined : new Secret(password),
      },
    )
    return hostOn(shell, { root: '', services: 'detect' })
  }

  const kinds = [
    { sudo: 'nopasswd', password: undefined },
    { sudo: 'password', password: labSudoPassword },
  ] as const

  for (const { sudo, password } of kinds) {
    hostContract(`the lab, sudo ${sudo}`, async () => {
      const lab = await labHost({ name: `host-${sudo}`, sudo })
      return {
        open: () => open(lab, password),
        look: async script => outcome(await lab.run(script)),
        greeter: lab.port,
        secrets: password === undefined ? [] : [password],
        remove: () => endLab(lab),
      }
    })
  }

  test('a wrong sudo password is refused, and is shown nowhere', async () => {
    const wrong = 'pl4nted-wrong-password'
    const lab = await labHost({ name: 'host-wrong', sudo: 'password' })
    const host = await open(lab, wrong)
    const error = await host.answer({ who: 'id' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(/^sudo on \S+ refused the password/) as unknown,
      hint: expect.stringContaining('BEDNET_SUDO_PASSWORD') as unknown,
    })
    await host.close()
    const { stdout: journal } = await lab.run('journalctl -q --no-pager')
    await endLab(lab)
    // The control: that it was refused stands in both.
    expect(journal).toContain('incorrect password')
    for (const text of [inspect(error, { depth: 9 }), journal]) expect(text).not.toContain(wrong)
  })
})

function outcome(ran: { stdout: string; stderr: string; exitCode: number }): string {
  if (ran.exitCode !== 0) throw new Error(`it ended with ${String(ran.exitCode)}: ${ran.stderr}`)
  // The lab gives output without its last line end.
  return ran.stdout === '' ? '' : `${ran.stdout}\n`
}
