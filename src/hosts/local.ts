import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'

import { BednetError } from '../error.js'
import type { Secret } from '../secret.js'
import type { World } from '../world.js'
import type { Shell } from './shell.js'
import { type Process, RootShell, runAsIs } from './sudo-run.js'

interface LocalOptions {
  /** The sandbox needs no root. Else scripts run through sudo, as on any host. */
  readonly asInvokingUser?: boolean
  readonly sudoPassword?: Secret | undefined
  readonly world?: Pick<World, 'environment' | 'ask'>
}

/** This machine, by `sh`. */
export function openLocal(options: LocalOptions = {}): Shell {
  const world = options.world ?? { environment: process.env, ask: undefined }
  const running = new Set<ChildProcess>()
  let closed = false
  const start = (argv: readonly string[]): Promise<Process> => {
    if (closed) return Promise.reject(gone('it was closed'))
    return startProcess(argv, { environment: world.environment, running })
  }
  const root = new RootShell({
    address,
    sudoPassword: options.sudoPassword,
    ask: world.ask,
    start: text => start(['-c', text]),
  })
  const connection = world.environment['SSH_CONNECTION'] ?? ''
  return {
    address,
    run: async (script, input) =>
      options.asInvokingUser === true
        ? runAsIs(await start(['-c', script, 'bednet', connection]), input, address)
        : await root.run(script, input),
    forward: reachPort,
    close: () => {
      closed = true
      for (const child of running) end(child)
      return Promise.resolve()
    },
  }
}

const address = 'this machine'
const forwardLimitMs = 10_000
/** What a shell adds to the number of the signal that ended a command. */
const signalBase = 128

/**
 * What a script gets of the environment: it may leave a broker running for months, and the
 * environment of bednet holds passphrases. SSH_CONNECTION is there for the port that a firewall
 * must leave open when bednet itself runs in a login by ssh.
 */
const inherited = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TMPDIR', 'SSH_CONNECTION']

interface Surroundings {
  readonly environment: World['environment']
  readonly running: Set<ChildProcess>
}

async function startProcess(
  argv: readonly string[],
  { environment, running }: Surroundings,
): Promise<Process> {
  const child = spawn('/bin/sh', argv, {
    env: Object.fromEntries(inherited.map(name => [name, environment[name]])),
  })
  running.add(child)
  const ended = new Promise<number>((resolve, reject) => {
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve(code ?? signalBase + (signal === null ? 0 : constants.signals[signal]))
    })
    child.on('error', cause => {
      reject(gone(cause.message, cause))
    })
  })
  ended.catch(() => undefined)
  const { stdin, stdout, stderr } = child
  return await Promise.resolve({ stdin, stdout, stderr, ended })
}

/** What the script has started itself may go on; its output is no longer read. */
function end(child: ChildProcess): void {
  child.kill()
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function gone(reason: string, cause?: unknown): BednetError {
  return new BednetError('HOST_UNREACHABLE', `cannot run a script on this machine: ${reason}`, {
    at: address,
    hint: 'check that "/bin/sh -c true" works',
    cause,
  })
}

async function reachPort(host: string, port: number): Promise<Duplex> {
  const socket = connect({ host, port, noDelay: true, timeout: forwardLimitMs })
  return await new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => {
      socket.destroy()
      reject(portClosed(host, port, cause))
    }
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.removeListener('error', refuse)
      resolve(socket)
    })
    socket.once('error', refuse)
    socket.once('timeout', () => {
      refuse(new Error('no answer'))
    })
  })
}

function portClosed(host: string, port: number, cause: unknown): BednetError {
  const where = `${host}:${String(port)}`
  return new BednetError('HOST_UNREACHABLE', `cannot connect to ${where} on this machine`, {
    at: address,
    hint: 'look with "ss -ltn" whether anything listens on it',
    cause,
  })
}
