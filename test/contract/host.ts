import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { inspect } from 'node:util'

import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import type { Host, HostEvent } from '../../src/hosts/host.js'

/** A machine to be held against the contract, and a way to see it that is not the host's own. */
export interface HostScene {
  /** A new connection each time; the contract closes it. */
  readonly open: () => Promise<Host>
  /** Runs a script there as the one whom the host becomes; answers what it prints. */
  readonly look: (script: string) => Promise<string>
  /** Where on that machine something says `SSH-2.0-`; by default an echo in this process. */
  readonly greeter?: number
  /** Words that must never be seen: the sudo password, where there is one. */
  readonly secrets: readonly string[]
  readonly remove: () => Promise<void>
}

/** What every way to a machine comes to once a host is built on it. */
export function hostContract(name: string, setUp: () => Promise<HostScene>): void {
  describe(`host contract: ${name}`, () => {
    let scene: HostScene
    let host: Host
    let runFolder: string
    let before: string
    beforeAll(async () => {
      scene = await setUp()
      host = await scene.open()
      runFolder = `${host.root}/run/bednet`
      before = await listed()
    })
    afterAll(async () => {
      await host.close()
      await scene.remove()
    })
    const listed = () => scene.look(`ls -A ${runFolder} 2>/dev/null; true`)

    describe('answer', () => {
      test('gives every answer under its name, whatever is in it', async () => {
        const scripts = Object.fromEntries(questions.map(([title, script]) => [title, script]))
        const answers = Object.fromEntries(questions.map(([title, , answer]) => [title, answer]))
        expect(await host.answer(scripts)).toMatchObject(answers)
      })

      test('questions know where they are, and who looks after services', async () => {
        const { where } = await host.answer({ where: 'echo "$ROOT|$SERVICES|$LC_ALL"' })
        expect(where).toMatch(new RegExp(`^${host.root}\\|(systemd|sysv|child)\\|C\n$`))
      })

      test.each([
        ['a question that sh cannot read', 'if', /code 2 and said: [^]*yntax error/],
        ['a question that ends the script', 'kill -9 $$', /code 137 and said: /],
      ])('%s: the words of sh are told', async (_what, script, hint) => {
        await expect(host.answer({ sound: 'echo', broken: script })).rejects.toMatchObject({
          code: 'HOST_ANSWER_INVALID',
          at: host.address,
          hint: expect.stringMatching(hint) as unknown,
        })
      })

      test('writes nothing', async () => {
        const places = host.root === '' ? '/etc /opt /srv /var/tmp /run/bednet' : host.root
        const state = () => scene.look(`find ${places} -printf '%p %T@ %C@ %s\n' 2>/dev/null; true`)
        const old = await state()
        await host.answer({ os: 'cat /etc/os-release', who: 'id' })
        expect(await state()).toBe(old)
        // The control: one empty file would be seen.
        await scene.look(`mkdir -p ${runFolder} && : >${runFolder}/control`)
        expect(await state()).not.toBe(old)
        await scene.look(`rm ${runFolder}/control`)
      })
    })

    describe('perform', () => {
      test('unpacks where only its owner reads, and the folder is gone afterwards', async () => {
        const script = `
          tell step "$(stat -c '%a %u' .) $(id -u)"
          tell step "open: $(find . -perm /077 | tr '\\n' ' ')"
          tell step "$(sha256sum <bytes)"
          tell note "$(pwd)"
          tell log "$(wc -c) $ROOT|$SERVICES|$LC_ALL|$ID"
          finish "done" all`
        const { events } = await performed(host, { script, files: { bytes: everyByte } })
        const [folder, open, digest, path, settings, end] = events.map(({ message }) => message)
        expect(folder).toMatch(/^700 (\d+) \1$/)
        expect(open).toBe('open: ')
        expect(digest).toBe(`${everyByteSha256}  -`)
        expect(path?.startsWith(`${runFolder}/`)).toBe(true)
        expect(settings).toMatch(
          new RegExp(`^0 ${host.root}\\|(systemd|sysv|child)\\|C\\|[0-9a-f]+$`),
        )
        expect(end).toBe('all')
        expect(await scene.look(`test -e ${path ?? ''} || echo gone`)).toBe('gone\n')
      })

      // At the same time, for most of what they take is waiting.
      test.concurrent.each(transactions)('$title', async ({ script, events }) => {
        expect((await performed(host, { script })).events).toEqual(events)
      })

      test.each([
        ['no script in it', () => tarOf({ other: '' }), /cannot open \S*transaction\.sh/],
        ['a script that sh cannot read', () => tarOf({ 'transaction.sh': 'if' }), /yntax error/],
        ['no archive', () => Buffer.alloc(2048, 'x'), /tar: [^]*cannot be unpacked/],
        ['nothing at all', () => Buffer.of(), /cannot/],
      ])('%s: it cannot start, and says why', async (_what, archive, hint) => {
        await expect(follow(host, await archive())).rejects.toMatchObject({
          code: 'TRANSACTION_FAILED',
          message: `${host.address} could not start the change`,
          at: host.address,
          hint: expect.stringMatching(hint) as unknown,
        })
      })

      test('goes on when the connection is closed, and tidies up by itself', async () => {
        const own = await scene.open()
        const scratch = await scratchOn(scene)
        const script = `tell step "$(pwd)"; wait_for ${scratch}/go
          tell step more; : >${scratch}/done; finish "done" ''`
        const following = own.perform({ archive: await archiveOf({ script }) })
        const events = following[Symbol.asyncIterator]()
        const { value } = (await events.next()) as { value: HostEvent }
        await own.close()
        await expect(events.next()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
        await scene.look(`test -d ${value.message} && : >${scratch}/go`)
        await eventually(scene, `test -e ${scratch}/done && test ! -e ${value.message}`)
      })

      test('leaves nothing', async () => {
        expect(await listed()).toBe(before)
      })
    })

    test('secrets are in no argv, environment, event or error, and nowhere afterwards', async () => {
      const secret = `pl4nted-${randomBytes(8).toString('hex')}`
      const control = `control-${randomBytes(8).toString('hex')}`
      const scratch = await scratchOn(scene)
      const watching = scene.look(watch(scratch))
      // The control of the search among processes: one that has a word in its argv.
      const script = `tell step "$(sh -c 'sleep 0.3; pwd' ${control})"
        read -r secret <secret; wait_for ${scratch}/go
        kill -9 $$`
      const archive = await archiveOf({ script, files: { secret: `${secret}\n` } })
      const events: HostEvent[] = []
      for await (const event of host.perform({ archive })) {
        events.push(event)
        if (event.kind !== 'step') continue
        // The control of the search in files: it is there while it must be.
        expect(await found(scene, host, secret)).toContain(`${event.message}/secret`)
        await scene.look(`: >${scratch}/go`)
      }
      const error = await follow(host, Buffer.alloc(2048, secret)).catch(
        (thrown: unknown) => thrown,
      )
      await scene.look(`: >${scratch}/stop`)
      await watching
      const processes = await scene.look(`cat ${scratch}/seen`)
      const shown = { processes, events: inspect(events), error: inspect(error, { depth: 9 }) }
      expect(shown.processes).toContain(control)
      expect(shown.processes).toContain('sh ./transaction.sh')
      expect(shown.events).toContain('died')
      expect(shown.error).toContain('tar: ')
      for (const word of [secret, ...scene.secrets]) {
        for (const text of Object.values(shown)) expect(text).not.toContain(word)
        expect(await found(scene, host, word)).toBe('')
      }
    })

    test('forward carries bytes both ways', async () => {
      const port = scene.greeter ?? (await echoPort())
      const stream = await host.forward('127.0.0.1', port)
      stream.write('SSH-2.0-there-and-back\r\n')
      const [first] = (await stream.take(1).toArray()) as Buffer[]
      expect(String(first)).toMatch(/^SSH-2\.0-/)
      stream.destroy()
    })
  })
}

/** Title, script, answer. */
const questions: readonly (readonly [string, string, string])[] = [
  ['nothing', ':', ''],
  ['line ends', `printf '\\na\\n\\n'`, '\na\n\n'],
  ['quotes', `cat <<'E'\n"'\\ $(no) \`no\` %s\nE\n`, `"'\\ $(no) \`no\` %s\n`],
  ['json', `echo '","end":"x"}'`, '","end":"x"}\n'],
  ['controls', `printf '\\000\\001\\033\\177'`, '\0\x01\x1b\x7f'],
  ['not-utf8', `printf 'a\\377\\376z'`, 'a\ufffd\ufffdz'],
  ['scripts', 'echo 温室 🦟', '温室 🦟\n'],
  ['a comment last', 'echo a # b', 'a\n'],
  ['a bracket', 'case x in x) echo y ;; esac', 'y\n'],
  ['a failure', 'echo before; cat /nonexistent; exit 3', 'before\n'],
  ['stdin', 'wc -c', '0\n'],
  ['much', `head -c 300000 /dev/zero | tr '\\0' x`, 'x'.repeat(300_000)],
]

const end = (status: HostEvent['status'], message: string) => ({ kind: 'end', status, message })
const step = (message: string) => ({ kind: 'step', message })

const transactions = [
  {
    title: 'five hundred events come in their order',
    script: 'for n in $(seq 500); do tell step "$n"; done; finish "done" ""',
    events: [...Array.from({ length: 500 }, (_none, n) => step(String(n + 1))), end('done', '')],
  },
  {
    title: 'an event that is written in two halves is one',
    script: `printf '{"kind":"step","mess' >>events; sleep 0.2
      printf 'age":"whole"}\\n{"kind":"e' >>events; sleep 0.2
      printf 'nd","status":"restored","message":""}\\n' >>events`,
    events: [step('whole'), end('restored', '')],
  },
  {
    title: 'what is no event is told as it is',
    script: `{ echo 'dpkg: warning'; echo '{"kind":"riddle","message":"?"}'; echo; } >>events
      finish "done" ''`,
    events: [
      { kind: 'log', message: 'dpkg: warning' },
      { kind: 'log', message: '{"kind":"riddle","message":"?"}' },
      end('done', ''),
    ],
  },
  {
    title: 'after a second of silence it is still followed',
    script: `tell step one; sleep 1.3; tell step two; finish "done" ''`,
    events: [step('one'), step('two'), end('done', '')],
  },
  {
    title: 'one that is killed has died',
    script: 'tell step one; kill -9 $$',
    events: [step('one'), end('died', 'the change ended without a last word, with code 137')],
  },
  {
    title: 'one that is killed with all around it has died',
    script: `tell step one; printf '{"kind":"step"' >>events; kill -9 $(cat runner) $$`,
    events: [step('one'), end('died', 'the change was killed')],
  },
  {
    title: 'one that only ends has died, whatever its code',
    script: 'exit 0',
    events: [end('died', 'the change ended without a last word, with code 0')],
  },
] as const

interface Transaction {
  readonly script: string
  readonly files?: Readonly<Record<string, string | Buffer>>
}

async function performed(
  host: Host,
  transaction: Transaction,
): Promise<{ readonly events: readonly HostEvent[] }> {
  return { events: await follow(host, await archiveOf(transaction)) }
}

async function follow(host: Host, archive: Uint8Array): Promise<readonly HostEvent[]> {
  const events: HostEvent[] = []
  for await (const event of host.perform({ archive })) events.push(event)
  return events
}

function archiveOf({ script, files }: Transaction): Promise<Buffer> {
  return tarOf({ ...files, 'transaction.sh': `${telling}${script}\n` })
}

const telling = `
wait_for() { n=0; while [ ! -e "$1" ] && [ $n -lt 400 ]; do sleep 0.05; n=$((n + 1)); done; }
tell() { printf '{"kind":"%s","message":"%s"}\\n' "$1" "$2" >>events; }
finish() { printf '{"kind":"end","status":"%s","message":"%s"}\\n' "$1" "$2" >>events; }
`

/** As open to everybody as a tar can say, and owned by somebody else. */
export async function tarOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name: './', type: 'directory', mode: 0o777, uid: 1234, gid: 1234 })
  for (const [name, content] of Object.entries(files)) {
    archive.entry({ name, mode: 0o666, uid: 1234, gid: 1234 }, content)
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const everyByte = Buffer.from(Array.from({ length: 100_000 }, (_none, at) => at & 0xff))

const everyByteSha256 = createHash('sha256').update(everyByte).digest('hex')

/** A folder there that goes away with the test, for a test and a transaction to meet in. */
async function scratchOn({ look }: HostScene): Promise<string> {
  const folder = (await look('mktemp -d /tmp/bednet-contract-XXXXXX')).trim()
  onTestFinished(async () => {
    await look(`rm -rf ${folder}`)
  })
  return folder
}

/** All that any process shows of itself, until the file `stop` is there; half a minute at most. */
const watch = (folder: string): string => `
n=0
while [ ! -e ${folder}/stop ] && [ $n -lt 300 ]; do
  cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'
  n=$((n + 1)); sleep 0.1
done | sort -u >${folder}/seen`

/** The files there that a word stands in, the journal among them. */
async function found({ look }: HostScene, host: Host, word: string): Promise<string> {
  const places = host.root === '' ? '/run /tmp /var/tmp /var/log' : host.root
  // In two parts and through a pipe, for a search must not show what it looks for.
  const parts = `'${word.slice(0, 4)}' '${word.slice(4)}'`
  const files = await look(`printf '%s%s\\n' ${parts} | grep -rlsF -f - ${places}; true`)
  const journal = await look('journalctl -q --no-pager --since -10min 2>/dev/null; true')
  return journal.includes(word) ? `${files}journal` : files
}

/** What is so within ten seconds. */
async function eventually({ look }: HostScene, condition: string): Promise<void> {
  const script = `for n in $(seq 100); do { ${condition}; } && echo so && exit; sleep 0.1; done`
  expect(await look(`${script}; echo 'not so'`)).toBe('so\n')
}

async function echoPort(): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  onTestFinished(() => {
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}
