import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { shellAssignments, shellWord } from '../command.js'
import { BednetError } from '../error.js'
import type { Shell } from './shell.js'

/** A machine with a broker on it. It does two things only, plus a tunnel. */
export interface Host {
  /** For messages: `ubuntu@mqtt.example.org:22`, `this machine`. */
  readonly address: string
  /** `''`, or the folder that stands for `/` in a sandbox. */
  readonly root: string
  /** Asks everything in one exchange; nothing is written. Answers come under the same names. */
  answer<Name extends string>(
    questions: Readonly<Record<Name, string>>,
  ): Promise<Readonly<Record<Name, string>>>
  /** One upload, one detached script that goes on alone if the connection dies. */
  perform(upload: Upload): AsyncIterable<HostEvent>
  forward(address: string, port: number): Promise<Duplex>
  close(): Promise<void>
}

/** What a transaction needs on the host. `archive` is a tar stream; it may hold secrets. */
export interface Upload {
  readonly archive: Uint8Array
}

/** One line of what a transaction tells. `end` is the last, and the only one with a status. */
export interface HostEvent {
  readonly kind: 'step' | 'note' | 'log' | 'end'
  readonly message: string
  /**
   * Only with `end`. `unconfirmed`: done, but put back unless somebody comes over a new connection.
   * `restored`: failed, and put back. `died`: killed before it could do either.
   */
  readonly status?: 'done' | 'unconfirmed' | 'restored' | 'locked' | 'failed' | 'died'
}

export interface HostOptions {
  readonly root: string
  /** `detect`: whatever runs services there. `child`: the broker is a child process (sandbox). */
  readonly services: 'detect' | 'child'
}

/** A host on any shell: the same scripts run over ssh, on this machine and in a sandbox. */
export function hostOn(shell: Shell, options: HostOptions): Host {
  return {
    address: shell.address,
    root: options.root,
    answer: async questions => answer(shell, options, questions),
    perform: upload => perform(shell, options, upload),
    forward: async (address, port) => shell.forward(address, port),
    close: async () => shell.close(),
  }
}

async function answer<Name extends string>(
  shell: Shell,
  options: HostOptions,
  questions: Readonly<Record<Name, string>>,
): Promise<Readonly<Record<Name, string>>> {
  const mark = randomBytes(markBytes).toString('hex')
  const run = await shell.run(`${preamble(options)}${answerScript(questions, mark)}`)
  const lines: string[] = []
  for await (const line of run.lines) lines.push(line)
  const { code, stderr } = await run.ended
  const answers = code === 0 ? parseAnswers(lines.join('\n'), mark) : undefined
  const missing = Object.keys(questions).filter(name => answers?.[name] === undefined)
  if (answers === undefined || missing.length > 0) {
    throw new BednetError('HOST_ANSWER_INVALID', `${shell.address} gave no answer to be read`, {
      at: shell.address,
      hint: `it ended with code ${String(code)} and said: ${stderr.trim() || 'nothing'}`,
    })
  }
  return answers
}

/**
 * What no tool prints by chance stands before each answer. The questions are asked on a few strands at
 * once: each says its own answers, then passes on what the strand before it has said.
 */
function answerScript(questions: Readonly<Record<string, string>>, mark: string): string {
  const asked = Object.entries(questions).map(
    ([name, script]) =>
      `printf '\\n%s\\n' ${shellWord(`${mark} ${name}`)}; ( ${script}\n) </dev/null 2>/dev/null\n`,
  )
  const strands = Array.from({ length: mostStrands }, (_, strand) =>
    asked.filter((_question, index) => index % mostStrands === strand).join(''),
  )
  const all = strands.map((script, strand) => `{\n${script}${strand === 0 ? '' : 'cat\n'}:; }`)
  return `${all.join(' | ')}\nprintf '\\n%s\\n' '${mark} '\n`
}

const markBytes = 16
/** What asks the longest waits for others; more than these would only take turns. */
const mostStrands = 3

/** What every script knows: where `/` is, a fixed language, and who looks after services. */
function preamble({ root, services }: HostOptions): string {
  return `${shellAssignments({ ROOT: root, SERVICES: services })}${detection}`
}

const detection = `
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
if [ "$SERVICES" = detect ]; then
  if [ -d /run/systemd/system ]; then SERVICES=systemd; else SERVICES=sysv; fi
fi
`

/** After the last mark there is nothing; where the end is missing, it is an answer that was cut off. */
function parseAnswers(output: string, mark: string): Readonly<Record<string, string>> {
  const parts = output.split(`\n${mark} `).slice(1, -1)
  return Object.fromEntries(
    parts.map(part => {
      const end = part.indexOf('\n')
      return [part.slice(0, end), part.slice(end + 1)]
    }),
  )
}

async function* perform(
  shell: Shell,
  options: HostOptions,
  { archive }: Upload,
): AsyncIterable<HostEvent> {
  const given = { ID: randomBytes(6).toString('hex'), BYTES: String(archive.length) }
  const run = await shell.run(`${preamble(options)}${shellAssignments(given)}${launch}`, archive)
  let last: HostEvent | undefined
  for await (const line of run.lines) {
    if (line === '') continue
    last = readEvent(line)
    yield last
  }
  const { code, stderr } = await run.ended
  if (last?.kind === 'end') return
  const what =
    last === undefined ? 'could not start the change' : 'did not say how the change ended'
  throw new BednetError('TRANSACTION_FAILED', `${shell.address} ${what}`, {
    at: shell.address,
    hint: `it ended with code ${String(code)} and said: ${stderr.trim() || 'nothing'}`,
  })
}

/** A line that is no event was left by a tool: it is passed on as one of its words. */
function readEvent(line: string): HostEvent {
  try {
    const event: unknown = JSON.parse(line)
    if (isEvent(event)) return event
  } catch {
    // Told as it is.
  }
  return { kind: 'log', message: line }
}

function isEvent(value: unknown): value is HostEvent {
  if (typeof value !== 'object' || value === null) return false
  if (!('message' in value) || typeof value.message !== 'string') return false
  const status = 'status' in value ? value.status : undefined
  if ('kind' in value && value.kind === 'end') return statuses.some(each => each === status)
  return 'kind' in value && kinds.some(each => each === value.kind) && status === undefined
}

const kinds = ['step', 'note', 'log'] as const
const statuses = ['done', 'unconfirmed', 'restored', 'locked', 'failed', 'died'] as const

/**
 * Runs beside the follower and without it. What was uploaded goes as soon as the script has ended,
 * however it did; `over` then tells the follower that the folder is no longer in use.
 */
const detached = `
echo $$ >runner.new && mv runner.new runner
# Not ignored, for that would be inherited: the script has traps of its own.
trap : HUP INT TERM
sh ./transaction.sh
code=$?
has_ended() { grep -q '^{"kind":"end".*}$' events; }
guard="$ROOT/var/lib/bednet/journal/guard.sh"
has_ended || [ ! -e "$guard" ] || EVENTS="$PWD/events" sh "$guard"
has_ended ||
  printf '\\n{"kind":"end","status":"died","message":"%s %s"}\\n' \\
    'the change ended without a last word, with code' "$code" >>events
follower=$(cat follower)
find . -mindepth 1 ! -name events ! -name runner -delete
: >over
# It takes the folder away; where it is gone, or goes now, nobody else will. Five seconds at most.
waited=0
while [ -e over ] && [ $waited -lt 100 ]; do
  kill -0 "$follower" 2>/dev/null || exec rm -rf "$PWD"
  sleep 0.05
  waited=$((waited + 1))
done
`

/**
 * Unpacks the upload where only root reads (in memory: /run), starts its script detached, and
 * follows what that writes. The script lives on when this connection does not.
 */
const launch = `
umask 077
folder="$ROOT/run/bednet/$ID"
refuse() { echo "$1" >&2; cd / && rm -rf "$folder"; exit 1; }
mkdir -p "$folder" && cd "$folder" || refuse "$folder cannot be made"
# Cut off between two files a tar still looks whole: only its size tells.
cat >upload.tar && [ "$(wc -c <upload.tar)" -eq "$BYTES" ] || refuse 'the upload was cut off'
# As it says nobody may read more: a "./" in it would open this folder itself.
tar --no-same-owner --no-same-permissions -xf upload.tar || refuse 'the upload cannot be unpacked'
rm upload.tar
sh -n ./transaction.sh || refuse 'the script of the change cannot be read'
: >events
echo $$ >follower
export ROOT SERVICES ID SSH_CONNECTION="$1"
# A file, for in an argument systemd would read the dollars as its own.
printf '%s' ${shellWord(detached)} >detached.sh
if [ "$SERVICES" = systemd ]; then
  systemd-run --quiet --collect --unit "bednet-$ID" --setenv ROOT="$ROOT" \\
    --setenv SERVICES="$SERVICES" --setenv ID="$ID" --setenv SSH_CONNECTION="$1" \\
    --setenv LC_ALL="$LC_ALL" --setenv PATH="$PATH" --property UMask=0077 \\
    --working-directory "$folder" sh ./detached.sh </dev/null || refuse 'systemd does not start it'
else
  setsid sh ./detached.sh </dev/null >transaction.log 2>&1 &
fi
# Where nobody listens any more it goes on, to tidy up.
trap '' PIPE
exec 3<events
part=
idle=0
is_alive() { { kill -0 "$(cat runner)" || kill -0 "$(cat process)"; } 2>/dev/null; }
while :; do
  # At the end of the file read fails, and what it has read may be half an event.
  if IFS= read -r line <&3; then
    printf '%s\\n' "$part$line"
    case $part$line in '{"kind":"end"'*'}') break ;; esac
    part=
    idle=0
    continue
  fi
  part=$part$line
  sleep 0.05
  idle=$((idle + 1))
  # Silence for a second: is it still there? It has half a minute to begin.
  [ $((idle % 20)) = 0 ] && { [ -e runner ] || [ $idle -ge 600 ]; } || continue
  is_alive || grep -q '^{"kind":"end".*}$' events && continue
  echo '{"kind":"end","status":"died","message":"the change was killed"}'
  break
done
# Two seconds for what follows its last word.
idle=0
while is_alive && [ ! -e over ] && [ $idle -lt 40 ]; do
  sleep 0.05
  idle=$((idle + 1))
done
cd / && rm -rf "$folder"
`
