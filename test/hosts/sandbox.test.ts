import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findSandbox, prepareSandbox } from '../../src/hosts/sandbox.js'
import { occupied, type Occupied } from '../operations/occupied.js'

let folder: string
let root: string
let taken: Occupied
let free: number
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bednet sandbox '))
  root = join(folder, 'hub')
  taken = await occupied()
  const other = await occupied()
  free = other.port
  await other.free()
})
afterEach(async () => {
  await taken.free()
  rmSync(folder, { recursive: true })
})

describe('the file tree', () => {
  test('is that of the package, for its owner alone', async () => {
    await prepareSandbox(root, [])
    const folders = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name))
    expect(folders.map(each => each.slice(root.length)).sort()).toEqual([
      '/etc',
      '/etc/mosquitto',
      '/etc/mosquitto/conf.d',
      '/run',
      '/run/bednet',
      '/var',
      '/var/lib',
      '/var/lib/mosquitto',
      '/var/log',
      '/var/log/mosquitto',
    ])
    const open = [root, ...folders].filter(each => (statSync(each).mode & 0o777) !== 0o700)
    expect(open).toEqual([])
  })

  test('its mosquitto.conf is the packaged one, there', async () => {
    await prepareSandbox(root, [])
    const text = readFileSync(join(root, 'etc/mosquitto/mosquitto.conf'), 'utf8')
    expect(text.replaceAll(root, '$ROOT').replace('user root\n', '')).toBe(
      [
        'pid_file $ROOT/run/mosquitto.pid',
        'persistence true',
        'persistence_location $ROOT/var/lib/mosquitto/',
        'log_dest file $ROOT/var/log/mosquitto/mosquitto.log',
        'include_dir $ROOT/etc/mosquitto/conf.d\n',
      ].join('\n'),
    )
    // Root would become "mosquitto" and could not read its files.
    expect(text.includes('user root\n')).toBe(process.getuid?.() === 0)
  })

  test('a second time changes nothing but what it writes itself', async () => {
    await prepareSandbox(root, [])
    writeFileSync(join(root, 'etc/mosquitto/conf.d/mine.conf'), 'mine')
    await prepareSandbox(root, [])
    expect(readFileSync(join(root, 'etc/mosquitto/conf.d/mine.conf'), 'utf8')).toBe('mine')
  })

  test.each(['#', '&', '"', "'", '$', '`', '*', '[', ']', '\\', '\n'])(
    'a path with %o in it is refused, for neither Mosquitto nor a script could read it',
    async odd => {
      const path = join(folder, `a${odd}b`)
      await expect(prepareSandbox(path, [])).rejects.toMatchObject({ code: 'USAGE', at: path })
      expect(readdirSync(folder)).toEqual([])
    },
  )
})

describe('the ports', () => {
  const given = async (wanted: readonly number[], others?: ReadonlySet<number>) => [
    ...(await prepareSandbox(root, wanted, others)).ports.values(),
  ]

  test('one that is free is taken, one that is not is not', async () => {
    const [first, second] = await given([free, taken.port])
    expect(first).toBe(free)
    expect(second).not.toBe(taken.port)
    expect(second).toBeGreaterThan(1023)
  })

  test('are remembered, and the other one is kept when the first is free again', async () => {
    const before = await given([taken.port])
    await taken.free()
    expect(await given([taken.port])).toEqual(before)
    const found = await findSandbox(root, [taken.port, free])
    expect([...found.ports]).toEqual([
      [taken.port, before[0]],
      [free, free],
    ])
  })

  test('a remembered one that somebody has taken is left to him', async () => {
    writeFileSync(await portsFile(), JSON.stringify([[free, taken.port]]))
    expect(await given([free])).toEqual([free])
  })

  test.each([
    ['while the broker runs it is his own', ['etc/mosquitto/mosquitto.conf'], () => taken.port],
    ['after a reboot the number may be a stranger’s', [], () => free],
  ])('%s', async (_what, argv, expected) => {
    writeFileSync(await portsFile(), JSON.stringify([[free, taken.port]]))
    const words = argv.map(word => join(root, word))
    const child = spawn('sh', ['-c', 'read -r line', ...words], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await once(child, 'spawn')
    writeFileSync(join(root, 'run/mosquitto.pid'), `${String(child.pid)}\n`)
    const ports = await given([free])
    child.kill()
    expect(ports).toEqual([expected()])
  })

  test('of another sandbox are not taken, though nobody listens there yet', async () => {
    const [port] = await given([free], new Set([free]))
    expect(port).not.toBe(free)
  })

  test('two listeners are never given the same one', async () => {
    const ports = await given([taken.port, free, taken.port + 1, taken.port + 2])
    expect(new Set(ports).size).toBe(4)
  })

  test.each(['', 'null', '[[1]]', '{"1883":1883}', '[["1883",1883]]'])(
    'a memory of %o is none',
    async text => {
      writeFileSync(await portsFile(), text)
      expect(await given([free])).toEqual([free])
    },
  )

  test.each(['', '0', '-1', 'x', String(2 ** 30)])('a process %o does not run', async text => {
    writeFileSync(await portsFile(), JSON.stringify([[free, taken.port]]))
    writeFileSync(join(root, 'run/mosquitto.pid'), text)
    expect(await given([free])).toEqual([free])
  })

  async function portsFile(): Promise<string> {
    await prepareSandbox(root, [])
    return join(root, 'ports.json')
  }
})

test('looking makes nothing', async () => {
  const found = await findSandbox(root, [1883])
  expect([...found.ports]).toEqual([[1883, 1883]])
  expect(readdirSync(folder)).toEqual([])
})
