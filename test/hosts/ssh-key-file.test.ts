import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { readKeyFile } from '../../src/hosts/ssh-key-file.js'
import { Secret } from '../../src/secret.js'
import { makeKey } from './ssh-server.js'

const passphrase = 'open sesame'

interface Case {
  readonly title: string
  readonly text: string
  /** Questions before the public half is known, and until the private one is open. */
  readonly questions: readonly [number, number]
}

const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const rsa = (type: 'pkcs1' | 'pkcs8', cipher?: string): string =>
  rsaKey.export({ type, format: 'pem', ...(cipher && { cipher, passphrase }) }).toString()
const ec = (type: 'sec1' | 'pkcs8', cipher?: string): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type, format: 'pem', ...(cipher && { cipher, passphrase }) },
  }).privateKey

const cases: readonly Case[] = [
  { title: 'OpenSSH', text: makeKey().private, questions: [0, 0] },
  { title: 'OpenSSH, encrypted', text: makeKey('ed25519', passphrase).private, questions: [0, 1] },
  { title: 'PEM RSA', text: rsa('pkcs1'), questions: [0, 0] },
  { title: 'PEM RSA, encrypted', text: rsa('pkcs1', 'aes-128-cbc'), questions: [1, 1] },
  { title: 'PEM EC', text: ec('sec1'), questions: [0, 0] },
  { title: 'PEM EC, encrypted', text: ec('sec1', 'aes-256-cbc'), questions: [1, 1] },
  { title: 'PKCS#8 RSA', text: rsa('pkcs8'), questions: [0, 0] },
  { title: 'PKCS#8 RSA, encrypted', text: rsa('pkcs8', 'aes-256-cbc'), questions: [1, 1] },
  { title: 'PKCS#8 EC, encrypted', text: ec('pkcs8', 'aes-256-cbc'), questions: [1, 1] },
  {
    title: 'with Windows line ends',
    text: makeKey().private.replaceAll('\n', '\r\n'),
    questions: [0, 0],
  },
]

describe('a key file', () => {
  let path: string
  let asked: number
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'bednet-key-')), 'id')
    asked = 0
  })
  afterEach(() => rm(join(path, '..'), { recursive: true }))

  const read = (text: string, answer = passphrase): ReturnType<typeof readKeyFile> => {
    const ask = (): Promise<Secret> => {
      asked += 1
      return Promise.resolve(new Secret(answer))
    }
    return writeFile(path, text).then(() => readKeyFile(path, { environment: {}, ask }))
  }

  test.each(cases)('$title', async ({ text, questions: [toRead, toOpen] }) => {
    const file = await read(text)
    expect(asked).toBe(toRead)
    const key = await file?.open?.()
    expect(asked).toBe(toOpen)
    expect(key?.isPrivateKey()).toBe(true)
    expect(key?.getPublicSSH()).toEqual(file?.publicKey.getPublicSSH())
  })

  test('the public half beside it spares the question', async () => {
    const key = makeKey('ed25519', passphrase)
    await writeFile(`${path}.pub`, key.public)
    const file = await read(rsa('pkcs1', 'aes-128-cbc'))
    expect([asked, file?.publicKey.type]).toEqual([0, 'ssh-ed25519'])
  })

  test('a public key alone cannot be opened: an agent has the other half', async () => {
    const file = await read(makeKey().public)
    expect(file).toMatchObject({ path, open: undefined, publicKey: { type: 'ssh-ed25519' } })
  })

  test('a person may mistype twice', async () => {
    const file = await read(makeKey('ed25519', passphrase).private, 'wrong')
    await expect(file?.open?.()).rejects.toMatchObject({ code: 'SECRET_WRONG' })
    expect(asked).toBe(3)
  })

  test('Ed25519 in PKCS#8 is refused with the way out', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await expect(read(text)).rejects.toMatchObject({
      code: 'KEY_UNREADABLE',
      hint: expect.stringContaining('ssh-keygen -p -f') as unknown,
    })
  })

  test('no file is no key', async () => {
    expect(await readKeyFile(`${path}.none`, { environment: {}, ask: undefined })).toBeUndefined()
  })
})
