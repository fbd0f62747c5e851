import { run } from './run.js'
import { isTerminal, openSink } from './sink.js'
import { whenStopped } from './stop.js'
import type { ExitCode } from './verb.js'

/** The command as a process of its own; answers how to end it. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  return await run(words, {
    environment: process.env,
    stdout: openSink('stdout'),
    stderr: openSink('stderr'),
    isAttended: () => isTerminal(0) && isTerminal(2),
    whenStopped: () => whenStopped(process),
  })
}
