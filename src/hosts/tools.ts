import type { Command } from '../command.js'
import { BednetError } from '../error.js'

/** How a tool of this machine is run. Its arguments are seen by everybody: no secret among them. */
export interface ToolOptions {
  /** All that it gets of an environment: what is secret in ours is not passed on. */
  readonly environment: Readonly<Record<string, string>>
  readonly limitMs: number
}

export interface ToolEnd {
  /** Undefined: ended by a signal, or by the limit. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A tool that was started and has not been waited for. */
export interface RunningTool {
  readonly ended: Promise<ToolEnd>
  stop(): void
}

/** Runs a tool to its end. @throws BednetError TOOL_MISSING where it is not installed */
export async function runTool(tool: Command, options: ToolOptions): Promise<ToolEnd> {
  const running = await startTool(tool, options)
  return running.ended
}

export async function startTool(
  { argv }: Command,
  { environment, limitMs }: ToolOptions,
): Promise<RunningTool> {
  const { execa } = await import('execa')
  const [program = '', ...words] = argv
  const child = execa(program, words, {
    env: environment,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: limitMs,
    forceKillAfterDelay: killAfterMs,
    stripFinalNewline: false,
  })
  const ended = endOf(child, program)
  // Whoever started it may look at it later; until then a failure is nobody's fault.
  ended.catch(() => undefined)
  return {
    ended,
    stop: () => {
      child.kill()
    },
  }
}

/** How long a tool may take to obey SIGTERM. */
const killAfterMs = 1_000

interface ChildEnd {
  readonly code?: string | undefined
  readonly exitCode?: number | undefined
  readonly stdout: string
  readonly stderr: string
}

async function endOf(child: PromiseLike<ChildEnd>, program: string): Promise<ToolEnd> {
  const end = await child
  if (end.code === 'ENOENT') {
    throw new BednetError('TOOL_MISSING', `"${program}" is not installed on this machine`, {
      hint: `on Debian and Ubuntu: apt install ${packageOf(program)}`,
    })
  }
  return { code: end.exitCode, stdout: end.stdout, stderr: end.stderr }
}

function packageOf(program: string): string {
  return program.startsWith('mosquitto_') ? 'mosquitto-clients' : program
}
