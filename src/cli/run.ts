import type { World } from '../world.js'
import { parseArguments, type Request } from './arguments.js'
import { errorDocument, errorLines } from './error-text.js'
import { exitCodeOf } from './exit-code.js'
import { makeOutput } from './output.js'
import { makeReporter } from './report.js'
import type { Sink } from './sink.js'
import type { ExitCode } from './verb.js'
import { verbs } from './verbs.js'
import { bednetVersion } from './version.js'
import { makeWorld } from './world.js'

/** What of a process a run of the command uses; a test makes its own. */
interface Surroundings {
  readonly environment: World['environment']
  readonly stdout: Sink
  readonly stderr: Sink
  readonly isAttended: () => boolean
  /** Rejects when the run has to stop, with why. */
  readonly whenStopped: () => Promise<never>
}

/** Does what a command line asks for, prints its result or its error, and says how to end. */
export async function run(words: readonly string[], around: Surroundings): Promise<ExitCode> {
  // Of a command line that cannot be read, it is still known who reads the answer.
  let look = { json: words.includes('--json'), verbose: false }
  try {
    const request = parseArguments(words, { verbs, environment: around.environment })
    if (request.kind !== 'call') return show(request, around)
    look = request.options
    return await callVerb(request, around)
  } catch (error) {
    if (look.json) around.stdout.write(`${JSON.stringify(errorDocument(error))}\n`)
    else around.stderr.write(`${(await errorLines(error, look)).join('\n')}\n`)
    return exitCodeOf(error)
  }
}

const noVerb = 64

type Shown = Exclude<Request, { kind: 'call' }>

function show(request: Shown, { stdout, stderr }: Surroundings): ExitCode {
  if (request.kind === 'version') stdout.write(`bednet ${bednetVersion()}\n`)
  else (request.isAskedFor ? stdout : stderr).write(request.text)
  return request.kind === 'help' && !request.isAskedFor ? noVerb : 0
}

async function callVerb(
  { row, names, options }: Extract<Request, { kind: 'call' }>,
  around: Surroundings,
): Promise<ExitCode> {
  const { environment, stdout, stderr, isAttended } = around
  const reporter = makeReporter(stderr, { ...options, nowMs: () => performance.now() })
  const write = (text: string) => {
    reporter.clear()
    stdout.write(text)
  }
  const work = async () => {
    const { run: verb } = await row.load()
    const output = makeOutput({ ...stdout, write }, { json: options.json, environment })
    const world = makeWorld(reporter, { environment, isAttended })
    return await verb({ options, names, world, output })
  }
  try {
    return await Promise.race([work(), around.whenStopped()])
  } finally {
    reporter.clear()
  }
}
