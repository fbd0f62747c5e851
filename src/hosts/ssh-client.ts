import { constants } from 'node:os'
import type { Duplex } from 'node:stream'

import type { BednetError } from '../error.js'
import { offeredAlgorithms } from './ssh-algorithms.js'
import {
  connectionLost,
  forwardRefused,
  loginRefused,
  type SshNames,
  unreachable,
} from './ssh-errors.js'
import type { HostKeyCheck } from './ssh-host-key.js'
import { Keyring, type KeyOffer } from './ssh-keys.js'
import type { ConnectLimit } from './ssh-limit.js'
import { Client, type ClientChannel } from './ssh2.js'
import type { Process } from './sudo-run.js'

/** All that a login is made of. */
interface Login {
  readonly names: SshNames
  readonly user: string
  /** A socket, or a tunnel through the hop before. */
  readonly transport: Duplex
  readonly hostKey: HostKeyCheck
  readonly keys: KeyOffer
  readonly limit: ConnectLimit
}

/** One connection that is logged in; any number of scripts and tunnels share it. */
export class SshConnection {
  readonly #client: SshClient
  readonly #names: SshNames
  /** Why it ended. An error of a channel's write may come later than the one that caused it. */
  #lost: unknown

  constructor(client: SshClient, names: SshNames) {
    this.#client = client
    this.#names = names
    client.on('error', error => {
      this.#lost ??= error
    })
    client.on('close', () => {
      this.#lost ??= new Error('it is closed')
    })
  }

  /** Runs one command of the login shell. */
  async exec(command: string): Promise<Process> {
    const channel = await this.#open(done => this.#client.exec(command, done)).catch(
      (cause: unknown) => {
        throw connectionLost(this.#names, cause)
      },
    )
    return {
      stdin: channel,
      stdout: channel,
      stderr: channel.stderr,
      ended: this.#endOf(channel),
    }
  }

  /** A byte stream to a port as the host sees it. */
  async forward(host: string, port: number): Promise<Duplex> {
    // The source is for the host's log only.
    const open = this.#open(done => this.#client.forwardOut('127.0.0.1', 0, host, port, done))
    return await open.catch((cause: unknown) => {
      throw forwardRefused(this.#names, `${host}:${String(port)}`, cause)
    })
  }

  /** Says goodbye, and does not wait for long that the host hears it. */
  async close(): Promise<void> {
    if (this.#lost !== undefined) return
    this.#lost = new Error('it is closed')
    await new Promise<void>(resolve => {
      const late = setTimeout(() => this.#client.destroy(), closeLimitMs)
      this.#client.once('close', () => {
        clearTimeout(late)
        resolve()
      })
      this.#client.end()
    })
  }

  #open(ask: (done: ChannelAnswer) => unknown): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown): void => {
        reject(asError(this.#lost ?? error))
      }
      try {
        ask((error, channel) => {
          if (error) refuse(error)
          else resolve(channel)
        })
      } catch (error) {
        refuse(error)
      }
    })
  }

  #endOf(channel: ClientChannel): Promise<number> {
    return new Promise((resolve, reject) => {
      let code: number | undefined
      channel.on('exit', (status: number | null, signal?: string) => {
        code = status ?? signalCode(signal)
      })
      channel.on('error', (error: Error) => {
        reject(connectionLost(this.#names, error))
      })
      const settle = (): void => {
        const silence = this.#lost ?? new Error('the script ended without a word')
        if (code === undefined) reject(connectionLost(this.#names, silence))
        else resolve(code)
      }
      channel.on('close', () => {
        // Its last words may still be on their way to the reader.
        if (channel.stderr.readableEnded) settle()
        else channel.stderr.once('end', settle)
      })
    })
  }
}

/** Checks who answers, then logs in with the first key that the host takes. */
export async function logIn(login: Login): Promise<SshConnection> {
  const client = new Client()
  const connection = new SshConnection(client, login.names)
  try {
    await Promise.race([establish(client, login), login.limit.over])
    return connection
  } catch (cause) {
    client.destroy()
    login.transport.destroy()
    throw unreachable(login.names, cause)
  }
}

type SshClient = InstanceType<typeof Client>
type ChannelAnswer = (error: Error | undefined, channel: ClientChannel) => void

const closeLimitMs = 2000
/** A dead connection is noticed after three unanswered calls: 60 s. */
const keepAliveIntervalMs = 15_000
const keepAliveTries = 3

/** What a shell adds to the number of the signal that ended a command. */
const signalBase = 128

function signalCode(signal = ''): number {
  const name = signal.replace(/^(?:SIG)?/, 'SIG')
  return signalBase + (Object.entries(constants.signals).find(([each]) => each === name)?.[1] ?? 0)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function establish(client: SshClient, login: Login): Promise<void> {
  const ring = new Keyring(login.keys.identities, answer => login.limit.forPerson(answer))
  let refused: BednetError | undefined
  let offers: readonly string[] = []
  let written: Promise<void> | undefined
  // ssh2 says what a host takes only after a way other than an agent has failed.
  const ways = ['agent', 'none']
  return new Promise((resolve, reject) => {
    const verify = async (key: Buffer): Promise<boolean> => {
      try {
        await login.hostKey.verify(key)
        return true
      } catch (error) {
        refused = unreachable(login.names, error)
        return false
      }
    }
    client.on('error', cause => {
      // One key of several failed to sign: ssh2 goes on to the next by itself.
      if ('level' in cause && cause.level === 'agent') return
      reject(refused ?? failure(login, { cause, offers, ring, proven: written !== undefined }))
    })
    client.on('close', () => {
      reject(refused ?? unreachable(login.names, new Error('it closed the connection')))
    })
    client.on('handshake', () => {
      // Not before: only here has the host proven that the key is its own.
      written ??= login.hostKey.remember().catch(() => undefined)
    })
    client.on('ready', () => {
      void Promise.resolve(written).then(resolve)
    })
    client.connect({
      algorithms: offeredAlgorithms(login.hostKey.keyTypes),
      sock: login.transport,
      username: login.user,
      hostVerifier: (key: Buffer, answer: (right: boolean) => void) => {
        void verify(key).then(answer)
      },
      // Null before the first try, whatever the types say.
      authHandler: (left: readonly string[] | null) => {
        offers = left ?? []
        const type = ways.shift()
        return type === undefined ? false : { type, username: login.user, agent: ring }
      },
      readyTimeout: 0,
      keepaliveInterval: keepAliveIntervalMs,
      keepaliveCountMax: keepAliveTries,
    })
  })
}

interface Failed {
  readonly cause: Error
  readonly offers: readonly string[]
  readonly ring: Keyring
  readonly proven: boolean
}

/** A host that has proven itself and then ends the login has refused it. */
function failure({ names, keys }: Login, { cause, offers, ring, proven }: Failed): BednetError {
  const isSocket = 'level' in cause && String(cause.level).startsWith('client-socket')
  if (!proven || isSocket) return unreachable(names, cause)
  const [unopened] = ring.failures
  if (unopened !== undefined) return unopened
  const tried = keys.identities.map(each => each.label)
  const [passedOver] = keys.passedOver
  if (tried.length === 0 && passedOver !== undefined) return passedOver
  const noted = keys.passedOver.map(each => `not tried: ${each.message}`)
  return loginRefused(names, { keys: [...tried, ...noted], offers }, cause)
}
