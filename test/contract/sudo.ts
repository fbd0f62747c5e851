import { createHash } from 'node:crypto'

import { describe, expect, onTestFinished, test } from 'vitest'

import { BednetError } from '../../src/error.js'
import type { Shell } from '../../src/hosts/shell.js'
import { Secret } from '../../src/secret.js'
import type { World } from '../../src/world.js'
import { fakeSudo, type FakeSudo, type SudoMode } from '../hosts/fake-sudo.js'
import { runToEnd } from './shell.js'

/** Opens a shell whose login finds programs in `path`; it must go away with the test. */
type Reach = (login: {
  readonly path: string
  readonly ask: World['ask']
  readonly sudoPassword: Secret | undefined
}) => Promise<Shell>

interface Given {
  readonly password?: string
  readonly ask?: World['ask']
}

interface Opened {
  readonly shell: Shell
  readonly sudo: FakeSudo
}

const planted = 'pl4nted; $(secret) \\ "x"'
const upload = Buffer.alloc(300_000, 'upload line\n')
const uploadDigest = `${createHash('sha256').update(upload).digest('hex')}  -`

/** What becoming root comes to, by whichever way the machine is reached. */
export function sudoContract(where: string, reach: Reach): void {
  describe(`sudo ${where}`, () => {
    const open = async (mode: SudoMode, given: Given): Promise<Opened> => {
      const sudo = await fakeSudo(mode)
      onTestFinished(() => sudo.remove())
      const { ask, password } = given
      const sudoPassword = password === undefined ? undefined : new Secret(password)
      return { sudo, shell: await reach({ path: sudo.path, ask, sudoPassword }) }
    }

    test.each<{
      title: string
      mode: SudoMode
      given: Given
      guesses: number
      calls: number
    }>([
      { title: 'without a password', mode: { kind: 'nopasswd' }, given: {}, guesses: 0, calls: 1 },
      {
        title: 'without a password, though one was given',
        mode: { kind: 'nopasswd' },
        given: { password: planted },
        guesses: 0,
        calls: 2,
      },
      {
        title: 'with a password',
        mode: { kind: 'password', password: planted },
        given: { password: planted },
        guesses: 2,
        calls: 3,
      },
    ])('$title: the upload arrives whole', async ({ mode, given, guesses, calls }) => {
      const { shell, sudo } = await open(mode, given)
      expect((await runToEnd(shell, 'sha256sum', upload)).lines).toEqual([uploadDigest])
      expect((await sudo.calls()).match(/^-/gm)).toHaveLength(calls)
      // Once for the question, once for the script; a wrong one ends at the question.
      expect(await sudo.guesses()).toEqual(Array<string>(guesses).fill(planted))
      expect((await runToEnd(shell, 'cat; exit 9', upload)).end.code).toBe(9)
      expect((await runToEnd(shell, 'echo "$1"')).lines[0]).toMatch(/^(127.*)?$/)
    })

    test('a password is asked for once, and kept for the connection', async () => {
      const questions: string[] = []
      const ask = (question: string): Promise<Secret> => {
        questions.push(question)
        return Promise.resolve(new Secret(planted))
      }
      const { shell } = await open({ kind: 'password', password: planted }, { ask })
      const digest = (): Promise<{ lines: readonly string[] }> =>
        runToEnd(shell, 'sha256sum', upload)
      const all = await Promise.all([digest(), digest(), digest()])
      expect(all.map(({ lines }) => lines)).toEqual(Array(3).fill([uploadDigest]))
      expect(questions).toEqual([expect.stringMatching(/^sudo password for /)])
    })

    test('a wrong password costs one guess, however many scripts there are', async () => {
      const given = { password: planted }
      const { shell, sudo } = await open({ kind: 'password', password: 'other' }, given)
      const runs = await Promise.allSettled(
        [1, 2, 3].map(() => runToEnd(shell, 'sha256sum', upload)),
      )
      expect(runs.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
      await expect(shell.run('true')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
      expect(await sudo.guesses()).toEqual([planted])
    })

    test.each<{ title: string; mode: SudoMode; given: Given; message: RegExp; hint: RegExp }>([
      {
        title: 'none given',
        mode: { kind: 'password', password: planted },
        given: {},
        message: /^sudo on .* needs a password and none was given \(it says: sudo: a password/,
        hint: /\$BEDNET_SUDO_PASSWORD.*NOPASSWD/,
      },
      {
        title: 'an empty one given',
        mode: { kind: 'password', password: planted },
        given: { password: '' },
        message: /needs a password and none was given/,
        hint: /BEDNET_SUDO_PASSWORD/,
      },
      {
        title: 'a wrong one',
        mode: { kind: 'password', password: 'other' },
        given: { password: planted },
        message: /^sudo on .* refused the password \(it says: Sorry, try again. sudo: 1 /,
        hint: /correct \$BEDNET_SUDO_PASSWORD.*not be tried again/,
      },
      {
        title: 'not in the sudoers',
        mode: { kind: 'unlisted', password: planted },
        given: { password: planted },
        message: /^sudo does not let this user become root on .*not in the sudoers file/,
        hint: /group "sudo"/,
      },
      {
        title: 'no sudo there',
        mode: { kind: 'absent' },
        given: { password: planted },
        message: /is not a root login and has no sudo$/,
        hint: /install sudo/,
      },
    ])('refused: $title', async ({ mode, given, message, hint }) => {
      const { shell } = await open(mode, given)
      await expect(shell.run('echo never')).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        message: expect.stringMatching(message) as unknown,
        hint: expect.stringMatching(hint) as unknown,
      })
    })

    test('the password is in no argv, environment or error', async () => {
      const given = { password: planted }
      const { shell, sudo } = await open({ kind: 'password', password: planted }, given)
      const { lines } = await runToEnd(shell, everyProcess)
      expect(lines.join('\n')).not.toContain(planted)
      expect(await sudo.calls()).not.toContain(planted)
      // The control: the same search finds what is there.
      const control = await runToEnd(shell, `export poison=poison; ${everyProcess}`)
      expect(control.lines.join('\n')).toContain('poison=poison')
      expect(control.lines.join('\n')).toContain('bednet-shell:')
    })

    test('the password is in no error, even where sudo prints it', async () => {
      const given = { password: planted }
      const { shell } = await open({ kind: 'tells', password: 'other' }, given)
      const error = await shell.run('true').catch((thrown: unknown) => thrown)
      if (!(error instanceof BednetError)) throw new Error('nothing was thrown')
      // The control: the line of sudo that held it is there.
      expect(error.message).toContain('it was not [secret]')
      expect(`${String(error)} ${error.hint ?? ''} ${error.stack ?? ''}`).not.toContain(planted)
    })
  })
}

/** The command line and environment of every process that can be read, the script's own among them. */
const everyProcess = `sleep 0.2 >/dev/null 2>&1 &
  cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'`
