import { createServer, type Server, type Socket } from 'node:net'
import { createHash } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Shell, ShellEnd } from '../../src/hosts/shell.js'

/** A shell to be held against the contract, and what its `$1` must be. */
interface OpenedShell {
  readonly shell: Shell
  readonly connection: RegExp
}

/** What every way to reach a machine must do alike. */
export function shellContract(name: string, open: () => Promise<OpenedShell>): void {
  describe(`shell contract: ${name}`, () => {
    let opened: OpenedShell
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.shell.close())

    test.each(scripts)('$title', async ({ script, input, lines, code = 0, stderr = /^$/ }) => {
      const ran = await runToEnd(opened.shell, script, input)
      expect(ran.lines).toEqual(lines)
      expect(ran.end.code).toBe(code)
      expect(ran.end.stderr).toMatch(stderr)
    })

    test('$1 is the connection of the login', async () => {
      const { lines } = await runToEnd(opened.shell, 'echo "$1"; echo "$#"; echo "$0"')
      expect(lines[0]).toMatch(opened.connection)
      expect(lines.slice(1)).toEqual(['1', 'bednet'])
    })

    test('every byte of stdin arrives: NUL, all others', async () => {
      const input = everyByte(100_000)
      const { lines } = await runToEnd(opened.shell, 'sha256sum', input)
      expect(lines).toEqual([`${createHash('sha256').update(input).digest('hex')}  -`])
    })

    test('of stderr, the last 16 KiB are kept', async () => {
      const { end } = await runToEnd(opened.shell, 'seq 20000 >&2; exit 3')
      expect(end.code).toBe(3)
      expect(end.stderr.length).toBe(16 * 1024)
      expect(end.stderr.endsWith('19999\n20000\n')).toBe(true)
    })

    test('lines come as they are printed, not at the end', async () => {
      const run = await opened.shell.run('echo first; read -r go; echo second; sleep 30')
      const lines = run.lines[Symbol.asyncIterator]()
      expect(await lines.next()).toMatchObject({ value: 'first' })
      expect(await lines.next()).toMatchObject({ value: 'second' })
    })

    test('two scripts run at the same time', async () => {
      const both = await Promise.all([
        runToEnd(opened.shell, 'sleep 0.2; cat', Buffer.from('one')),
        runToEnd(opened.shell, 'cat; sleep 0.2', Buffer.from('two')),
      ])
      expect(both.map(each => each.lines)).toEqual([['one'], ['two']])
    })

    test('close ends a script that is being followed, and starts none after it', async () => {
      const run = await opened.shell.run('echo started; sleep 30; echo never')
      const following = follow(run.lines)
      await opened.shell.close()
      await expect(following).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
      await expect(opened.shell.run('true')).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
    })

    describe('forward', () => {
      let echo: EchoServer
      beforeEach(async () => {
        echo = await echoServer()
      })
      afterEach(() => {
        echo.close()
      })

      test('carries bytes both ways', async () => {
        const stream = await opened.shell.forward('127.0.0.1', echo.port)
        stream.end(Buffer.from('there and back'))
        const back: Buffer[] = []
        for await (const chunk of stream) back.push(chunk as Buffer)
        expect(Buffer.concat(back).toString()).toBe('there and back')
      })

      test('to a port where nothing listens is refused with the port', async () => {
        echo.close()
        const refused = opened.shell.forward('127.0.0.1', echo.port)
        await expect(refused).rejects.toMatchObject({
          code: 'HOST_UNREACHABLE',
          message: expect.stringContaining(`127.0.0.1:${String(echo.port)}`) as unknown,
          hint: expect.stringContaining('ss -ltn') as unknown,
        })
      })
    })
  })
}

/** The same by the megabyte, which takes longer. */
export function shellVolumes(name: string, open: () => Promise<OpenedShell>): void {
  describe(`shell contract, much at once: ${name}`, () => {
    let opened: OpenedShell
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.shell.close())

    test('every byte of stdin arrives: NUL, all others, 5 MB', async () => {
      const input = everyByte(5 * 1024 * 1024)
      const { lines } = await runToEnd(opened.shell, 'sha256sum', input)
      expect(lines).toEqual([`${createHash('sha256').update(input).digest('hex')}  -`])
    })

    test('a script that does not read its stdin ends all the same', async () => {
      const { lines } = await runToEnd(opened.shell, 'echo done', everyByte(3 * 1024 * 1024))
      expect(lines).toEqual(['done'])
    })

    test('200,000 lines of output, read slowly at first', async () => {
      const run = await opened.shell.run('seq 200000')
      let count = 0
      for await (const line of run.lines) {
        count += 1
        if (line !== String(count)) throw new Error(`line ${String(count)} is ${line}`)
        if (count <= 3) await new Promise(resolve => setTimeout(resolve, 20))
      }
      expect(count).toBe(200_000)
      expect((await run.ended).code).toBe(0)
    })

    test('one line of 3 MB', async () => {
      const { lines } = await runToEnd(opened.shell, 'head -c 3000000 /dev/zero | tr "\\0" x; echo')
      expect(lines.map(line => line.length)).toEqual([3_000_000])
    })
  })
}

/** Runs a script and takes all that it says. */
export async function runToEnd(
  shell: Shell,
  script: string,
  input?: Uint8Array,
): Promise<{ lines: readonly string[]; end: ShellEnd }> {
  const run = await shell.run(script, input)
  const lines = await follow(run.lines)
  return { lines, end: await run.ended }
}

interface ScriptCase {
  readonly title: string
  readonly script: string
  readonly input?: Uint8Array
  readonly lines: readonly string[]
  readonly code?: number
  readonly stderr?: RegExp
}

const scripts: readonly ScriptCase[] = [
  { title: 'no output', script: ':', lines: [] },
  { title: 'an empty script', script: '', lines: [] },
  { title: 'lines', script: 'echo one; echo; echo three', lines: ['one', '', 'three'] },
  { title: 'a last line without newline', script: 'printf "a\\nb"', lines: ['a', 'b'] },
  { title: 'exit code 7', script: 'echo x; exit 7', lines: ['x'], code: 7 },
  { title: 'exit code 77 is the script’s own', script: 'exit 77', lines: [], code: 77 },
  // A shell in between may say "Terminated".
  { title: 'a signal', script: 'kill -TERM $$', lines: [], code: 143, stderr: /^/ },
  { title: 'stderr', script: 'echo no >&2; exit 1', lines: [], code: 1, stderr: /^no\n$/ },
  { title: 'single quotes', script: `echo 'it'"'"'s'`, lines: [`it's`] },
  { title: 'double quotes', script: `echo "say \\"hi\\""`, lines: ['say "hi"'] },
  { title: 'dollars and backquotes', script: 'a=1; echo "$a" \'$a\' `echo 2`', lines: ['1 $a 2'] },
  {
    title: 'backslashes',
    script: `printf '%s\\n' 'a\\b' '\\\\' '\\'`,
    lines: ['a\\b', '\\\\', '\\'],
  },
  { title: 'newlines', script: 'if true\nthen\n  echo yes\nfi\n', lines: ['yes'] },
  { title: 'a comment first', script: '# why\necho why', lines: ['why'] },
  { title: 'exclamation marks', script: "echo '!! !x'", lines: ['!! !x'] },
  { title: 'unicode', script: "echo 'Größe → 🦟'", lines: ['Größe → 🦟'] },
  {
    title: 'a here-document',
    script: "cat <<'EOF'\n$no `no`\nEOF\n",
    lines: ['$no `no`'],
  },
  { title: 'stdin', script: 'cat', input: Buffer.from('in\nput\n'), lines: ['in', 'put'] },
  { title: 'no stdin is an empty one', script: 'wc -c', lines: ['0'] },
  {
    title: 'a first line of stdin stays',
    script: 'read -r a; echo "got $a"; cat',
    input: Buffer.from('first\nsecond\n'),
    lines: ['got first', 'second'],
  },
  { title: 'it runs as root, or as who asked', script: 'test -n "$(id -u)"', lines: [] },
]

async function follow(lines: AsyncIterable<string>): Promise<readonly string[]> {
  const taken: string[] = []
  for await (const line of lines) taken.push(line)
  return taken
}

function everyByte(count: number): Uint8Array {
  // Not a power of two long: bytes that change places would show.
  const pattern = Uint8Array.from(
    { length: 65_537 },
    (_none, index) => (index + (index >> 8)) & 0xff,
  )
  return Buffer.alloc(count, pattern)
}

interface EchoServer {
  readonly port: number
  readonly close: () => void
}

async function echoServer(): Promise<EchoServer> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return {
    port,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
