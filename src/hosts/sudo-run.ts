import type { Readable, Writable } from 'node:stream'

import { BednetError } from '../error.js'
import type { Secret } from '../secret.js'
import type { World } from '../world.js'
import { keepTail, readLines } from './lines.js'
import type { ShellEnd, ShellRun } from './shell.js'
import { asksSudo, asRoot, type Grant, parseGrant, refusal, type RootWay } from './sudo.js'

/** A process that was started, on a channel of ssh or on this machine. */
export interface Process {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Exit code, 128 + signal; rejects where the way to the process was lost before its end. */
  readonly ended: Promise<number>
}

/** One machine, as far as becoming root on it is concerned. */
interface RootAccess {
  readonly address: string
  readonly sudoPassword: Secret | undefined
  /** Asks for the password where none was given; undefined where nobody is there. */
  readonly ask: World['ask']
  /** Starts a sh text, as whoever the login is. */
  readonly start: (shellText: string) => Promise<Process>
}

/**
 * Runs scripts as root on one machine. A password is guessed with once at most, whatever happens:
 * hosts lock an account after a few. So until the first script has run, the others wait for it.
 */
export class RootShell {
  readonly #access: RootAccess
  #password: Secret | undefined
  #way: RootWay | undefined
  #refusal: BednetError | undefined
  #first: Promise<ShellRun> | undefined

  constructor(access: RootAccess) {
    this.#access = access
    const { sudoPassword } = access
    this.#password = sudoPassword?.reveal() === '' ? undefined : sudoPassword
  }

  async run(script: string, input: Uint8Array = nothing): Promise<ShellRun> {
    if (this.#first === undefined) {
      this.#first = this.#begin(script, input)
      return await this.#first
    }
    await this.#first.catch(() => undefined)
    if (this.#refusal !== undefined) throw this.#refusal
    return await this.#begin(script, input)
  }

  async #begin(script: string, input: Uint8Array): Promise<ShellRun> {
    const { grant, run } = await this.#attempt(script, input)
    if (grant.kind === 'granted') {
      this.#way = grant.way
      return run
    }
    const { ask } = this.#access
    if (grant.reason === 'password-needed' && this.#password === undefined && ask !== undefined) {
      this.#password = await ask(`sudo password for ${this.#access.address}`)
      return await this.#begin(script, input)
    }
    this.#refusal = refusal(withoutSecret(grant, this.#password), this.#access.address)
    throw this.#refusal
  }

  async #attempt(script: string, input: Uint8Array): Promise<{ grant: Grant; run: ShellRun }> {
    const process = await this.#access.start(asRoot(script))
    // A machine that goes away shows as the end of stdout; writing to it says nothing more.
    process.stdin.on('error', () => undefined)
    const lines = readLines(process.stdout)
    const stderr = keepTail(process.stderr, stderrTailBytes)
    process.stdin.write(`${this.#password?.reveal() ?? ''}\n`)
    // A sudo that reads ahead would swallow input, so none is there before sudo has done its work.
    const held = this.#password !== undefined && (this.#way ?? 'with-password') === 'with-password'
    if (!held || input.length === 0) process.stdin.end(input)
    const ended = endOf(process, stderr)
    const grant = await this.#grantOf(process, { lines, ended })
    if (held && input.length > 0) process.stdin.end(input)
    return { grant, run: { lines: linesToTheEnd(lines, ended, this.#access.address), ended } }
  }

  async #grantOf(
    process: Process,
    run: { lines: Lines; ended: Promise<ShellEnd> },
  ): Promise<Grant> {
    const late = setTimeout(() => process.stdout.destroy(), grantLimitMs)
    let isAsked = false
    try {
      for (;;) {
        const { value, done } = await run.lines.next()
        if (done === true) {
          const end = await run.ended
          if (!isAsked) throw silent(end, this.#access.address)
          return { kind: 'refused', reason: 'password-needed', said: inOneLine(end.stderr) }
        }
        isAsked ||= value === asksSudo
        const grant = parseGrant(value)
        if (grant !== undefined) return grant
      }
    } catch (error) {
      throw asLost(error, this.#access.address)
    } finally {
      clearTimeout(late)
    }
  }
}

/** The script as it is, as whoever the login is: for the sandbox, which needs no root. */
export async function runAsIs(
  process: Process,
  input: Uint8Array | undefined,
  address: string,
): Promise<ShellRun> {
  process.stdin.on('error', () => undefined)
  process.stdin.end(input ?? nothing)
  const ended = endOf(process, keepTail(process.stderr, stderrTailBytes))
  return await Promise.resolve({
    lines: linesToTheEnd(readLines(process.stdout), ended, address),
    ended,
  })
}

type Lines = AsyncGenerator<string, void, undefined>

const stderrTailBytes = 16 * 1024

/** PAM may ask a directory server on the way. */
const grantLimitMs = 60_000

const nothing = new Uint8Array()

function endOf(process: Process, stderr: () => string): Promise<ShellEnd> {
  const ended = process.ended.then(code => ({ code, stderr: stderr() }))
  // `lines` tells the same failure; who has stopped reading them need not hear it twice.
  ended.catch(() => undefined)
  return ended
}

/** Ends only where the process did: a lost connection closes stdout just as a finished script does. */
async function* linesToTheEnd(lines: Lines, ended: Promise<unknown>, address: string): Lines {
  try {
    yield* lines
    await ended
  } catch (error) {
    throw asLost(error, address)
  }
}

function inOneLine(text: string): string {
  return text.trim().replaceAll('\n', ' ')
}

function asLost(error: unknown, address: string): BednetError {
  if (error instanceof BednetError) return error
  return new BednetError('HOST_UNREACHABLE', `lost ${address} while a script ran there`, {
    at: address,
    hint: 'run the same command again: it goes on from what it finds',
    cause: error,
  })
}

function silent({ code, stderr }: ShellEnd, address: string): BednetError {
  const said = stderr.trim() === '' ? '' : `: ${stderr.trim().split('\n').slice(-3).join(' / ')}`
  return new BednetError(
    'HOST_ANSWER_INVALID',
    `the login shell of ${address} ended with ${String(code)} before it ran anything${said}`,
    { at: address, hint: `check that "sh", "id", "tr" and "base64" work for this login` },
  )
}

/** What sudo and PAM say is theirs to choose, so the password is taken out wherever it came from. */
function withoutSecret(
  grant: Grant & { kind: 'refused' },
  password: Secret | undefined,
): Grant & { kind: 'refused' } {
  if (password === undefined || password.reveal() === '') return grant
  return { ...grant, said: grant.said.replaceAll(password.reveal(), String(password)) }
}
