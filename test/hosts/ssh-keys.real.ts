import { describe, expect, test } from 'vitest'

import { Secret } from '../../src/secret.js'
import { saying, sceneOf, visit } from './ssh-login.js'
import { type KeyPair, makeKey } from './ssh-server.js'

describe('the key of the person', () => {
  const login = async (
    files: (key: KeyPair) => Readonly<Record<string, string>>,
    key = makeKey(),
  ) => {
    const scene = await sceneOf({ authorizedKeys: [key.public] })
    for (const [name, text] of Object.entries(files(key))) await scene.put(name, text)
    return scene
  }

  test.each(['ed25519', 'ecdsa', 'rsa'] as const)('%s', async kind => {
    const scene = await login(key => ({ id_rsa: key.private }), makeKey(kind))
    expect(await visit(scene)).toBe('in')
  })

  test('an encrypted one is asked about, once the host has said that it would do', async () => {
    const key = makeKey('ed25519', 'open sesame')
    const scene = await login(
      () => ({ id_rsa: makeKey('ed25519', 'x').private, id_ecdsa: key.private }),
      key,
    )
    const asked: string[] = []
    const ask = (question: string): Promise<Secret> => {
      asked.push(question)
      return Promise.resolve(new Secret(asked.length === 1 ? 'wrong' : 'open sesame'))
    }
    expect(await visit(scene, { ask })).toBe('in')
    expect(asked).toEqual(Array(2).fill(`passphrase of ${scene.home}/.ssh/id_ecdsa`))
  })

  test('an encrypted one is opened by $BEDNET_SSH_PASSPHRASE', async () => {
    const key = makeKey('ed25519', 'open sesame')
    const scene = await login(() => ({ id_ed25519: key.private }), key)
    const environment = { ...scene.options.world.environment, BEDNET_SSH_PASSPHRASE: 'open sesame' }
    expect(await visit(scene, { environment })).toBe('in')
  })

  test('an encrypted one, and nobody to ask', async () => {
    const key = makeKey('ed25519', 'open sesame')
    const scene = await login(() => ({ id_ed25519: key.private }), key)
    await expect(visit(scene)).rejects.toMatchObject(
      saying(
        'SECRET_MISSING',
        /id_ed25519 needs its passphrase/,
        /\$BEDNET_SSH_PASSPHRASE.*ssh-add/,
      ),
    )
  })

  test('a wrong passphrase is told without it', async () => {
    const key = makeKey('ed25519', 'open sesame')
    const scene = await login(() => ({ id_ed25519: key.private }), key)
    const environment = { ...scene.options.world.environment, BEDNET_SSH_PASSPHRASE: 'pl4nted' }
    const error: unknown = await visit(scene, { environment }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(
      saying('SECRET_WRONG', /does not open the key file .*id_ed25519$/, /correct \$BEDNET_SSH/),
    )
    expect(JSON.stringify(error) + String(error)).not.toContain('pl4nted')
  })

  test('one that cannot be opened does not stand in the way of one that can', async () => {
    const locked = makeKey('ed25519', 'open sesame')
    const plain = makeKey()
    const scene = await sceneOf({ authorizedKeys: [locked.public, plain.public] })
    await scene.put('id_rsa', locked.private)
    await scene.put('id_ed25519', plain.private)
    expect(await visit(scene)).toBe('in')
  })

  test('refused: says what was tried and what the host takes', async () => {
    const scene = await login(() => ({ id_rsa: makeKey().private }))
    await expect(visit(scene)).rejects.toMatchObject(
      saying(
        'HOST_LOGIN_REFUSED',
        /^ada@127\.0\.0\.1:\d+ refused the login: tried \S+\/id_rsa, \S+\/id_ed25519; it takes publickey$/,
        /"ssh -F \S+ -p \d+ ada@127\.0\.0\.1 true -o BatchMode=yes" works from here/,
      ),
    )
  })

  test('refused, and there was no key at all', async () => {
    const scene = await login(() => ({ config: 'IdentityFile none\n' }))
    await expect(visit(scene)).rejects.toMatchObject(
      saying(
        'HOST_LOGIN_REFUSED',
        /refused the login: no key to offer; it takes publickey$/,
        /key/,
      ),
    )
  })

  test('an agent that is not there is named', async () => {
    const scene = await login(() => ({ config: 'IdentityAgent /nowhere/agent\n' }))
    await expect(visit(scene)).rejects.toMatchObject(
      saying('HOST_LOGIN_REFUSED', /not tried: Failed to connect to agent/, /key/),
    )
  })

  test('a file that is no key is named', async () => {
    const scene = await login(() => ({ id_ed25519: 'no key at all' }))
    await expect(visit(scene)).rejects.toMatchObject(
      saying(
        'KEY_UNREADABLE',
        /id_ed25519 is not a private key that ssh2 can read/,
        /ssh-keygen -p/,
      ),
    )
  })
})
