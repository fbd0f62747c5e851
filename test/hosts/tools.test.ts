import { connect, createServer, type AddressInfo } from 'node:net'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { command } from '../../src/command.js'
import type { Host } from '../../src/hosts/host.js'
import { withinLimit } from '../../src/hosts/limit.js'
import { openRelay } from '../../src/hosts/relay.js'
import { withScratchFolder, writePrivateFile } from '../../src/hosts/scratch.js'
import { runTool, startTool } from '../../src/hosts/tools.js'

const path = '/usr/bin:/bin'
const options = { environment: { PATH: path, GREETING: 'hello' }, limitMs: 5_000 }

describe('a tool', () => {
  test('comes back with what it said, and how it ended', async () => {
    const end = await runTool(command('sh', '-c', 'echo out; echo err >&2; exit 3'), options)
    expect(end).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  test('gets the environment it was given, and nothing else', async () => {
    const { stdout } = await runTool(command('env'), options)
    expect(stdout.trim().split('\n').sort()).toEqual(['GREETING=hello', `PATH=${path}`])
  })

  test('is ended at its limit', async () => {
    const end = await runTool(command('sleep', '30'), { ...options, limitMs: 50 })
    expect(end.code).toBeUndefined()
  })

  test('is ended when it is told to stop', async () => {
    const running = await startTool(command('sleep', '30'), options)
    running.stop()
    expect((await running.ended).code).toBeUndefined()
  })

  test.each([
    ['mosquitto_pub', 'apt install mosquitto-clients'],
    ['openssl', 'apt install openssl'],
  ])('%s that is missing says what to install', async (tool, words) => {
    const missing = runTool(command(tool), { ...options, environment: { PATH: '/nonexistent' } })
    await expect(missing).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      hint: expect.stringContaining(words) as unknown,
    })
  })
})

test('what is late is late, and what is in time is not', async () => {
  expect(await withinLimit(new Promise(() => undefined), 10, 'late')).toBe('late')
  expect(await withinLimit(Promise.resolve('in time'), 1_000, 'late')).toBe('in time')
})

describe('a scratch folder', () => {
  test('is private, and gone afterwards, also after a failure', async () => {
    let folder = ''
    const use = withScratchFolder(async path => {
      folder = path
      await writePrivateFile(join(path, 'key'), 'k')
      const modes = await Promise.all([stat(path), stat(join(path, 'key'))])
      expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600])
      throw new Error('on purpose')
    })
    await expect(use).rejects.toThrow('on purpose')
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('takes no name twice', async () => {
    const twice = withScratchFolder(async path => {
      await writePrivateFile(join(path, 'key'), '1')
      await writePrivateFile(join(path, 'key'), '2')
    })
    await expect(twice).rejects.toMatchObject({ code: 'EEXIST' })
  })
})

describe('a relay', () => {
  test('carries bytes both ways, and ends with what it carried', async () => {
    const echo = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const { port } = echo.address() as AddressInfo
    const relay = await openRelay(
      hostTo(p => Promise.resolve(connect(p, '127.0.0.1'))),
      '127.0.0.1',
      port,
    )
    const client = connect(relay.port, relay.address)
    client.write('ping')
    expect(String((await once(client, 'data'))[0])).toBe('ping')
    relay.close()
    await once(client, 'close')
    echo.close()
  })

  test('ends a connection that the host cannot carry', async () => {
    const relay = await openRelay(
      hostTo(() => Promise.reject(new Error('no'))),
      '127.0.0.1',
      1,
    )
    const client = connect(relay.port, relay.address)
    await once(client, 'close')
    relay.close()
  })
})

function hostTo(forward: (port: number) => ReturnType<Host['forward']>): Host {
  return {
    address: 'hub',
    root: '',
    answer: () => Promise.reject(new Error('not asked')),
    perform: () => {
      throw new Error('not to be changed')
    },
    forward: (_address, port) => forward(port),
    close: () => Promise.resolve(),
  }
}
