import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { type Host, hostOn } from '../../src/hosts/host.js'
import { openLocal } from '../../src/hosts/local.js'
import type { Shell, ShellRun } from '../../src/hosts/shell.js'
import { tarOf } from '../contract/host.js'

const files = {
  'transaction.sh': `echo '{"kind":"end","status":"done","message":"ran"}' >>events`,
  second: 'and what it needs',
}
/** The folder has a heading of 512 bytes; the first file one, and its content. */
const cutBytes = 3 * 512

test('an upload that is cut off between two files does not begin', async () => {
  const { host, root } = await hostBelow(shell => ({
    ...shell,
    run: (script, input) => shell.run(script, input?.subarray(0, cutBytes)),
  }))
  const archive = await tarOf(files)
  await expect(follow(host, archive)).rejects.toMatchObject({
    code: 'TRANSACTION_FAILED',
    hint: expect.stringContaining('the upload was cut off') as unknown,
  })
  expect(await readdir(join(root, 'run/bednet'))).toEqual([])
  // The control: what had arrived is a whole tar to tar, and its script would have run.
  const whole = await hostBelow(shell => shell)
  expect(await follow(whole.host, archive.subarray(0, cutBytes))).toEqual(['ran'])
})

test('questions do not wait for each other', async () => {
  const { host } = await hostBelow(shell => shell)
  const wait = 'for _ in $(seq 200); do [ -e "$ROOT/asked" ] && exec echo met; sleep 0.05; done'
  const answers = await host.answer({ first: wait, second: ': >"$ROOT/asked"' })
  expect(answers).toEqual({ first: 'met\n', second: '' })
})

test('an answer that is cut off after any of its lines is none', async () => {
  const questions = { who: 'echo me', where: 'printf here' }
  const answered = { who: 'me\n', where: 'here' }
  let most = Infinity
  let seen = 0
  const { host } = await hostBelow(shell => ({
    ...shell,
    run: async script => {
      const { lines, ended } = await shell.run(script)
      return { lines: firstOf(lines), ended }
    },
  }))
  async function* firstOf(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    seen = 0
    for await (const line of lines) {
      seen += 1
      if (seen <= most) yield line
    }
  }
  expect(await host.answer(questions)).toEqual(answered)
  const all = seen
  expect(all).toBeGreaterThan(4)
  for (most = 0; most < all; most += 1) {
    await expect(host.answer(questions)).rejects.toMatchObject({
      code: 'HOST_ANSWER_INVALID',
      hint: 'it ended with code 0 and said: nothing',
    })
  }
  expect(await host.answer(questions)).toEqual(answered)
})

test('the words of a script that gives no answer are told', async () => {
  const { host } = await hostBelow(shell => ({
    ...shell,
    run: () => Promise.resolve(said('{"who":7}')),
  }))
  await expect(host.answer({ who: 'id' })).rejects.toMatchObject({
    code: 'HOST_ANSWER_INVALID',
    hint: 'it ended with code 0 and said: words',
  })
})

test('where its folder cannot be made, it says so', async () => {
  const { host, root } = await hostBelow(shell => shell)
  await mkdir(join(root, 'run'))
  await writeFile(join(root, 'run/bednet'), 'in the way')
  await expect(follow(host, await tarOf(files))).rejects.toMatchObject({
    code: 'TRANSACTION_FAILED',
    hint: expect.stringMatching(/mkdir: [^]*cannot be made/) as unknown,
  })
})

test('an end that cannot be read is an end without a last word', async () => {
  const { host } = await hostBelow(shell => shell)
  const script = `echo '{"kind":"end","status":"finished","message":""}' >>events`
  await expect(follow(host, await tarOf({ 'transaction.sh': script }))).rejects.toMatchObject({
    code: 'TRANSACTION_FAILED',
    message: 'this machine did not say how the change ended',
  })
})

async function hostBelow(wrap: (shell: Shell) => Shell): Promise<{ host: Host; root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'bednet-root-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return {
    host: hostOn(wrap(openLocal({ asInvokingUser: true })), { root, services: 'child' }),
    root,
  }
}

function said(line: string): ShellRun {
  async function* lines(): AsyncGenerator<string, void, undefined> {
    yield await Promise.resolve(line)
  }
  return { lines: lines(), ended: Promise.resolve({ code: 0, stderr: 'words' }) }
}

async function follow(host: Host, archive: Uint8Array): Promise<readonly string[]> {
  const messages: string[] = []
  for await (const { message } of host.perform({ archive })) messages.push(message)
  return messages
}
