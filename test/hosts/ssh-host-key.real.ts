import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { fingerprint } from '../../src/hosts/known-hosts.js'
import { knownLine, person, saying, sceneOf, visit, wireKey } from './ssh-login.js'
import { makeKey } from './ssh-server.js'

describe('the key of a host', () => {
  test('unknown, and nobody to ask: refused with fingerprint and the line to type', async () => {
    const scene = await sceneOf({ knownHosts: () => '' })
    await expect(visit(scene)).rejects.toMatchObject(
      saying(
        'HOST_KEY_UNKNOWN',
        /^the host key of ada@127.0.0.1:\d+ is not known: ssh-ed25519 SHA256:[\w+/]{43}$/,
        /ssh_host_ed25519_key\.pub.* "ssh-keyscan -t ed25519 -p \d+ 127\.0\.0\.1 >> \/.*known_hosts"$/,
      ),
    )
    expect(scene.server.logins()).toBe(0)
  })

  test('unknown, and a person says yes: written down, and known from then on', async () => {
    const scene = await sceneOf({ knownHosts: () => 'other ssh-rsa AAAA' })
    const ada = person(true)
    expect(await visit(scene, ada)).toBe('in')
    expect(ada.asked[0]).toContain(fingerprint(wireKey(scene.hostKey)))
    expect(await visit(scene, ada)).toBe('in')
    expect(await visit(scene)).toBe('in')
    expect(ada.asked).toHaveLength(1)
    const file = join(scene.home, '.ssh/known_hosts')
    const [other, line] = (await readFile(file, 'utf8')).split('\n')
    expect(other).toBe('other ssh-rsa AAAA')
    expect(`${line ?? ''}\n`).toBe(
      knownLine(scene.server.port, scene.hostKey).replace(/ ?\n/, '\n'),
    )
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('a person may say no, and then nothing is written', async () => {
    const scene = await sceneOf({ knownHosts: () => '' })
    const refused = visit(scene, person(false))
    await expect(refused).rejects.toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
    expect(await readFile(join(scene.home, '.ssh/known_hosts'), 'utf8')).toBe('')
  })

  test('with HashKnownHosts the name is not readable, and yet known', async () => {
    const scene = await sceneOf({ knownHosts: () => '' })
    await scene.put('config', 'HashKnownHosts yes\n')
    await visit(scene, person(true))
    const text = await readFile(join(scene.home, '.ssh/known_hosts'), 'utf8')
    expect(text).toMatch(/^\|1\|\S{28}\|\S{28} ssh-ed25519 /)
    expect(await visit(scene)).toBe('in')
  })

  test('StrictHostKeyChecking yes is obeyed: nobody is asked', async () => {
    const scene = await sceneOf({ knownHosts: () => '' })
    await scene.put('config', 'StrictHostKeyChecking yes\n')
    const ada = person(true)
    await expect(visit(scene, ada)).rejects.toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
    expect(ada.asked).toEqual([])
  })

  test('StrictHostKeyChecking no is not obeyed', async () => {
    const scene = await sceneOf({ knownHosts: () => '' })
    await scene.put('config', 'StrictHostKeyChecking no\n')
    await expect(visit(scene)).rejects.toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
  })

  test('changed: refused even where a person is there, with file and line', async () => {
    const scene = await sceneOf({ knownHosts: port => `# mine\n${knownLine(port, makeKey())}` })
    const ada = person(true)
    await expect(visit(scene, ada)).rejects.toMatchObject(
      saying(
        'HOST_KEY_CHANGED',
        /has changed: it shows ssh-ed25519 SHA256:\S+, and \/.*known_hosts:2 has ssh-ed25519 SHA256/,
        /ssh-keygen -R '\[127\.0\.0\.1\]:\d+' -f \/.*known_hosts"/,
      ),
    )
    expect(ada.asked).toEqual([])
  })

  test('revoked: refused', async () => {
    const hostKey = makeKey()
    const scene = await sceneOf({
      hostKeys: [hostKey.private],
      knownHosts: port => knownLine(port, hostKey) + `@revoked * ${hostKey.public}\n`,
    })
    await expect(visit(scene)).rejects.toMatchObject(
      saying('HOST_KEY_CHANGED', /is marked as revoked in .*known_hosts:2$/, /new key/),
    )
  })

  test('an authority for host certificates is named, not trusted', async () => {
    const scene = await sceneOf({ knownHosts: () => `@cert-authority * ${makeKey().public}\n` })
    await expect(visit(scene)).rejects.toMatchObject(
      saying('HOST_KEY_UNKNOWN', /known_hosts:1 trusts a certificate authority/, /ssh-keyscan/),
    )
  })

  test.each<{ known: 'ed25519' | 'ecdsa' | 'rsa' }>([
    { known: 'ed25519' },
    { known: 'ecdsa' },
    { known: 'rsa' },
  ])('of several types, the one that is known: $known', async ({ known }) => {
    const keys = { ed25519: makeKey('ed25519'), ecdsa: makeKey('ecdsa'), rsa: makeKey('rsa') }
    const scene = await sceneOf({
      hostKeys: Object.values(keys).map(key => key.private),
      knownHosts: port => knownLine(port, keys[known]),
    })
    expect(await visit(scene)).toBe('in')
  })

  test('a line without the port is good on any port, as for ssh', async () => {
    const hostKey = makeKey()
    const scene = await sceneOf({
      hostKeys: [hostKey.private],
      knownHosts: () => `127.0.0.1 ${hostKey.public}\n`,
    })
    expect(await visit(scene)).toBe('in')
  })

  test('HostKeyAlias is looked up in place of the address', async () => {
    const hostKey = makeKey()
    const scene = await sceneOf({
      hostKeys: [hostKey.private],
      knownHosts: () => `greenhouse ${hostKey.public}\n`,
    })
    await expect(visit(scene)).rejects.toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
    await scene.put('config', 'HostKeyAlias greenhouse\n')
    expect(await visit(scene)).toBe('in')
  })
})
