import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  askSecret,
  drawSecret,
  findSecret,
  requireSecret,
  type SecretWanted,
} from '../../src/operations/secrets.js'
import type { SecretSource } from '../../src/profile/fleet.js'
import { Secret } from '../../src/secret.js'
import type { World } from '../../src/world.js'
import { recordingWorld } from './greenhouse.js'
import { memoryVault } from './memory-vault.js'

const planted = 'PLANTED-0815'
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bednet-secrets-'))
  writeFileSync(join(folder, 'good'), `${planted}\r\nsecond line\n`)
  writeFileSync(join(folder, 'empty'), '\n')
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const environment = { GOOD: planted, EMPTY: '', ODD: `${planted}\n`, TABBED: `${planted}\t` }

function wanted(source: SecretSource): SecretWanted {
  return { source, what: 'the password of user "dashboard"', entry: 'users/dashboard/password' }
}

function places(changes: Partial<World> = {}, vault = memoryVault()) {
  return { folder, vault, environment, world: recordingWorld(changes) }
}

const env = (name: string) => ({ from: 'env', name }) as const
const file = (path: string) => ({ from: 'file', path }) as const

describe('found without disturbing anybody', () => {
  test.each<[string, SecretSource, string | undefined]>([
    ['in the environment', env('GOOD'), planted],
    ['not in the environment', env('NONE'), undefined],
    ['the first line of a file', file('good'), planted],
    ['not in a file', file('none'), undefined],
    ['not in the vault', { from: 'vault' }, undefined],
    ['in the head of a person', { from: 'prompt' }, undefined],
  ])('%s', async (_where, source, value) => {
    expect((await findSecret(wanted(source), places()))?.reveal()).toBe(value)
  })

  test('in the vault', async () => {
    const vault = memoryVault()
    await vault.writeSecret('users/dashboard/password', new Secret(planted))
    const found = await findSecret(wanted({ from: 'vault' }), places({}, vault))
    expect(found?.reveal()).toBe(planted)
  })
})

describe('what cannot be a secret', () => {
  test.each<[SecretSource, string, () => string]>([
    [env('EMPTY'), 'the password of user "dashboard" is empty', () => '$EMPTY'],
    [env('ODD'), 'the password of user "dashboard" has a control character in it', () => '$ODD'],
    [
      env('TABBED'),
      'the password of user "dashboard" has a control character in it',
      () => '$TABBED',
    ],
    [file('empty'), 'the password of user "dashboard" is empty', () => join(folder, 'empty')],
  ])('%o', async (source, message, at) => {
    const error: unknown = await findSecret(wanted(source), places()).catch(caught)
    expect(error).toMatchObject({ code: 'SECRET_WRONG', message, at: at() })
    expect(shown(error)).not.toContain(planted)
  })
})

describe('needed now', () => {
  test.each<[SecretSource, string, string]>([
    [env('NONE'), '$NONE is not set', 'export NONE=… before you run it'],
    [file('none'), 'its file cannot be read', 'write it to none'],
  ])('%o is missing', async (source, place, hint) => {
    await expect(requireSecret(wanted(source), places())).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: `the password of user "dashboard" is missing: ${place}`,
      hint,
    })
  })

  test('it is drawn once, and kept', async () => {
    const vault = memoryVault()
    const first = await requireSecret(wanted({ from: 'vault' }), places({}, vault))
    expect(first.reveal()).toMatch(/^[\w-]{32}$/)
    expect(vault.files.get('users/dashboard/password')).toBe(first.reveal())
    const second = await requireSecret(wanted({ from: 'vault' }), places({}, vault))
    expect(second.reveal()).toBe(first.reveal())
  })

  test('two that are drawn differ', () => {
    const world = recordingWorld()
    expect(drawSecret(world).reveal()).not.toBe(drawSecret(world).reveal())
  })

  test.each<[string, readonly string[], object]>([
    ['twice alike', [planted, planted], {}],
    [
      'in two ways',
      [planted, `${planted}!`],
      {
        code: 'SECRET_WRONG',
        message: 'the password of user "dashboard" was typed in two different ways',
        hint: 'nothing was changed; run it again',
      },
    ],
    ['empty', [''], { code: 'SECRET_WRONG', at: 'what was typed' }],
  ])('typed %s', async (_how, answers, expected) => {
    const { asked, ask } = typist(answers)
    const result: unknown = await requireSecret(wanted({ from: 'prompt' }), places({ ask })).catch(
      caught,
    )
    expect(result).toMatchObject(expected)
    expect(asked).toEqual(
      ['the password of user "dashboard"', 'the password of user "dashboard", once more'].slice(
        0,
        answers.length,
      ),
    )
    expect(shown(result)).not.toContain(planted)
  })

  test('one that exists already is asked for once', async () => {
    const { asked, ask } = typist([planted])
    const secret = await askSecret(wanted({ from: 'prompt' }), recordingWorld({ ask }))
    expect(secret.reveal()).toBe(planted)
    expect(asked).toHaveLength(1)
  })

  test('with nobody to ask, it says what to do', async () => {
    await expect(requireSecret(wanted({ from: 'prompt' }), places())).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: 'the password of user "dashboard" is asked for, and nobody is here to answer',
      hint: 'run it in a terminal, or say { env: NAME } or { file: PATH } in the profile',
    })
  })
})

test('this way of looking would see a secret', () => {
  expect(shown(new Error('wrong', { cause: { planted } }))).toContain(planted)
})

function caught(error: unknown): unknown {
  return error
}

function shown(value: unknown): string {
  return `${JSON.stringify(value)}${inspect(value, { depth: 9, showHidden: true })}`
}

function typist(answers: readonly string[]) {
  const asked: string[] = []
  const ask = (question: string) => {
    asked.push(question)
    return Promise.resolve(new Secret(answers[asked.length - 1] ?? ''))
  }
  return { asked, ask }
}
