import { createServer, type Server } from 'node:net'
import { join } from 'node:path'

import { afterEach, describe, expect, test } from 'vitest'

import { openSsh } from '../../src/hosts/ssh.js'
import { knownLine, saying, sceneOf, visit } from './ssh-login.js'

describe('the way to a host', () => {
  const listening: Server[] = []
  afterEach(() => {
    for (const server of listening.splice(0)) server.close()
  })

  test('nothing listens', async () => {
    const scene = await sceneOf()
    scene.server.close()
    await expect(visit(scene)).rejects.toMatchObject(
      saying(
        'HOST_UNREACHABLE',
        /^cannot reach ada@127\.0\.0\.1:\d+: nothing listens there \(connection refused\)$/,
        /^check that "ssh -F \S+ -p \d+ ada@127\.0\.0\.1 true" works from here$/,
      ),
    )
  })

  test('a name that does not resolve', async () => {
    const scene = await sceneOf()
    const address = { ...scene.address, name: 'no-such-host.invalid' }
    await expect(openSsh(address, scene.options)).rejects.toMatchObject(
      saying('HOST_UNREACHABLE', /no-such-host\.invalid:\d+: the name does not resolve/, /ssh/),
    )
  })

  test('something else listens there', async () => {
    const scene = await sceneOf()
    const server = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    listening.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    await expect(openSsh({ ...scene.address, port }, scene.options)).rejects.toMatchObject(
      saying('HOST_UNREACHABLE', /^cannot reach ada@127\.0\.0\.1:\d+: /, /ssh/),
    )
  })

  test('it dies while a script runs', async () => {
    const scene = await sceneOf()
    const shell = await openSsh(scene.address, scene.options)
    const run = await shell.run('echo begun; sleep 30')
    const following = (async () => {
      for await (const line of run.lines) if (line === 'begun') scene.server.cut()
    })()
    await expect(following).rejects.toMatchObject(
      saying('HOST_UNREACHABLE', /^lost the connection to ada@.*: it is closed$/, /^run the same/),
    )
    await expect(run.ended).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
    await expect(shell.run('true')).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
    await shell.close()
  })

  test('what a login shell prints is no answer', async () => {
    const scene = await sceneOf({ greeting: 'echo Welcome; printf "no newline"; ' })
    expect(await visit(scene)).toBe('in')
  })

  test('a login shell that runs nothing is told with what it says', async () => {
    const scene = await sceneOf({ greeting: 'echo "not available" >&2; exit 1; ' })
    await expect(visit(scene)).rejects.toMatchObject(
      saying(
        'HOST_ANSWER_INVALID',
        /ended with 1 before it ran anything: not available$/,
        /base64/,
      ),
    )
  })

  test('a host that forbids tunnels', async () => {
    const scene = await sceneOf({ forwarding: false })
    const shell = await openSsh(scene.address, scene.options)
    await expect(shell.forward('127.0.0.1', 8883)).rejects.toMatchObject(
      saying('HOST_UNSUPPORTED', /forbids a tunnel to 127\.0\.0\.1:8883$/, /AllowTcpForwarding/),
    )
    await shell.close()
  })

  test('the command line has nothing that a login shell could read in its own way', async () => {
    const scene = await sceneOf()
    await visit(scene)
    expect(scene.server.commands).toHaveLength(1)
    expect(scene.server.commands[0]).toMatch(
      /^sh -c 'eval "\$\(echo [A-Za-z0-9+/=]+ \| base64 -d\)"'$/,
    )
  })

  test('over two jump hosts, each with its own key', async () => {
    const [first, second, last] = [await sceneOf(), await sceneOf(), await sceneOf()]
    const files = await Promise.all(
      [first, second].map(async ({ home, server, hostKey }, index) => {
        const known = await last.put(`known_${String(index)}`, knownLine(server.port, hostKey))
        return { known, key: join(home, '.ssh/id_ed25519'), port: server.port }
      }),
    )
    const sections = files.map(
      ({ known, key, port }, index) =>
        `Host gate${String(index)}\n HostName 127.0.0.1\n Port ${String(port)}\n` +
        ` IdentityFile ${key}\n UserKnownHostsFile ${known}\n`,
    )
    await last.put('config', `Host 127.0.0.1\n ProxyJump gate0,gate1\n${sections.join('')}`)
    expect(await visit(last)).toBe('in')
    expect([first, second, last].map(({ server }) => server.logins())).toEqual([1, 1, 1])
    first.server.close()
    await expect(visit(last)).rejects.toMatchObject(
      saying('HOST_UNREACHABLE', /^cannot reach ada@gate0:\d+: nothing listens/, /ada@gate0 true/),
    )
  })

  test('jump hosts that go through each other end', async () => {
    const scene = await sceneOf()
    await scene.put('config', 'Host a\n ProxyJump b\nHost b\n ProxyJump a\n')
    const address = { ...scene.address, name: 'a' }
    await expect(openSsh(address, scene.options)).rejects.toMatchObject(
      saying('HOST_UNREACHABLE', /more than 8 jump hosts/, /ssh/),
    )
  })
})
