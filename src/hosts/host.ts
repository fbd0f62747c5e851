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
  /** Only with `end`. `restored`: failed, and put back. `died`: killed before it could do either. */
  readonly status?: 'done' | 'restored' | 'locked' | 'failed' | 'died'
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
  const run = await shell.run(answerScript(options, questions))
  let output = ''
  for await (const line of run.lines) output += line
  const { code, stderr } = await run.ended
  const answers = code === 0 ? parseAnswers(output) : undefined
  const missing = Object.keys(questions).filter(name => answers?.[name] === undefined)
  if (answers === undefined || missing.length > 0) {
    throw new BednetError('HOST_ANSWER_INVALID', `${shell.address} gave no answer to be read`, {
      at: shell.address,
      hint: `it ended with code ${String(code)} and said: ${stderr.trim() || 'nothing'}`,
    })
  }
  return answers
}

/** Every answer is base64, so no tool's output can break the one JSON document. */
function answerScript(options: HostOptions, questions: Readonly<Record<string, string>>): string {
  const entries = Object.entries(questions).map(
    ([name, script]) =>
      `printf '"%s":"%s",' ${shellWord(name)} "$( (${script}\n) 2>/dev/null | base64 | tr -d '\\n')"\n`,
  )
  return [preamble(options), `printf '{'\n`, ...entries, `printf '"end":""}\\n'\n`].join('')
}

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

function parseAnswers(output: string): Readonly<Record<string, string>> | undefined {
  try {
    const document = JSON.parse(output) as Readonly<Record<string, string>>
    return Object.fromEntries(
      Object.entries(document).map(([name, text]) => [
        name,
        Buffer.from(text, 'base64').toString(),
      ]),
    )
  } catch {
    return undefined
  }
}

async function* perform(
  shell: Shell,
  options: HostOptions,
  { archive }: Upload,
): AsyncIterable<HostEvent> {
  const id = randomBytes(6).toString('hex')
  const script = `${preamble(options)}${shellAssignments({ ID: id })}${launch}`
  const run = await shell.run(script, archive)
  let ended = false
  for await (const line of run.lines) {
    const event = JSON.parse(line) as HostEvent
    ended ||= event.kind === 'end'
    yield event
  }
  const { code, stderr } = await run.ended
  if (!ended) {
    throw new BednetError('TRANSACTION_FAILED', `${shell.address} could not start the change`, {
      at: shell.address,
      hint: `it ended with code ${String(code)} and said: ${stderr.trim() || 'nothing'}`,
    })
  }
}

/**
 * Unpacks the upload where only root reads (in memory: /run), starts its script detached, and
 * follows what that writes. The script lives on when this connection does not.
 */
const launch = `
umask 077
folder="$ROOT/run/bednet/$ID"
mkdir -p "$folder" && cd "$folder" || exit 1
tar -xf - || exit 1
: >events
export ROOT SERVICES ID SSH_CONNECTION="$1"
if [ "$SERVICES" = systemd ]; then
  systemd-run --quiet --collect --unit "bednet-$ID" --setenv ROOT="$ROOT" \\
    --setenv SERVICES="$SERVICES" --setenv ID="$ID" --setenv SSH_CONNECTION="$1" \\
    --working-directory "$folder" sh ./transaction.sh </dev/null || exit 1
else
  setsid sh ./transaction.sh </dev/null >transaction.log 2>&1 &
fi
exec 3<events
idle=0
while :; do
  while IFS= read -r line <&3; do
    printf '%s\\n' "$line"
    idle=0
    case $line in '{"kind":"end"'*) exec rm -rf "$folder" ;; esac
  done
  sleep 0.05
  idle=$((idle + 1))
  # Silence for a second: is it still there? Its last words may have come in between.
  if [ $((idle % 20)) = 0 ] && ! kill -0 "$(cat process)" 2>/dev/null && ! grep -q '^{"kind":"end"' events; then
    echo '{"kind":"end","status":"died","message":"the transaction was killed"}'
    exit
  fi
done
`
