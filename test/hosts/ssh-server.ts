import { spawn } from 'node:child_process'
import { connect, createServer, type Socket } from 'node:net'

import ssh2, { type AuthContext, type ServerChannel } from 'ssh2'

export interface ServerOptions {
  /** Private keys of the host, in the order that the host prefers. */
  readonly hostKeys: readonly string[]
  /** Public keys, as in authorized_keys, that may log in. */
  readonly authorizedKeys: readonly string[]
  readonly user?: string
  /** PATH of the commands that it runs; decides about sudo. */
  readonly path?: string
  /** What the login shell prints before it does anything. */
  readonly greeting?: string
  readonly forwarding?: boolean
}

/** A host in this process: real sh behind a real ssh connection, on a loopback port. */
export interface TestServer {
  readonly port: number
  /** Command lines as the login shell was given them. */
  readonly commands: readonly string[]
  logins(): number
  /** The connection dies without a goodbye. */
  cut(): void
  close(): void
}

export interface KeyPair {
  readonly private: string
  readonly public: string
}

type KeyKind = 'ed25519' | 'ecdsa' | 'rsa'

/** A new key; with a passphrase its file is encrypted, in OpenSSH's own format. */
export function makeKey(kind: KeyKind = 'ed25519', passphrase?: string): KeyPair {
  for (;;) {
    const key = tryKey(kind, passphrase)
    // One Ed25519 key in 256 begins with a zero, which the library's generator loses.
    if (!(ssh2.utils.parseKey(key.private, passphrase) instanceof Error)) return key
  }
}

function tryKey(kind: KeyKind, passphrase?: string): KeyPair {
  const { generateKeyPairSync } = ssh2.utils
  if (kind === 'rsa') return (rsaKey ??= generateKeyPairSync('rsa', { bits: 2048 }))
  if (kind === 'ecdsa') return generateKeyPairSync('ecdsa', { bits: 256 })
  if (passphrase === undefined) return generateKeyPairSync('ed25519')
  return generateKeyPairSync('ed25519', {
    passphrase,
    cipher: 'aes256-ctr',
    rounds: bcryptRounds,
  })
}

/** The only one, for one takes as long to make as a dozen tests. */
let rsaKey: KeyPair | undefined

/** Fewest, for speed. */
const bcryptRounds = 1

export async function startServer(options: ServerOptions): Promise<TestServer> {
  const sockets = new Set<Socket>()
  const commands: string[] = []
  let logins = 0
  const ssh = new ssh2.Server({ hostKeys: [...options.hostKeys] }, client => {
    client.on('error', () => undefined)
    client.on('authentication', context => {
      if (isAllowed(context, options)) context.accept()
      else context.reject(['publickey'])
    })
    client.on('ready', () => {
      logins += 1
    })
    client.on('session', accept => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        commands.push(command)
        execute(acceptExec(), command, options)
      })
    })
    // Without a listener the library refuses as sshd does where forwarding is forbidden.
    if (options.forwarding === false) return
    client.on('tcpip', (accept, reject, { destIP, destPort }) => {
      tunnel({ host: destIP, port: destPort }, accept, reject)
    })
  })
  const listener = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    ssh.injectSocket(socket)
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const bound = listener.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    commands,
    logins: () => logins,
    cut,
    close: () => {
      cut()
      listener.close()
    },
  }
}

/** What a host tells a script about the login. */
export const testConnection = '127.0.0.1 4242 127.0.0.1 22'

function isAllowed(context: AuthContext, { user = 'ada', authorizedKeys }: ServerOptions): boolean {
  if (context.method !== 'publickey' || context.username !== user) return false
  const { data } = context.key
  const key = authorizedKeys
    .map(each => ssh2.utils.parseKey(each))
    .find(each => !(each instanceof Error) && each.getPublicSSH().equals(data))
  if (key === undefined || key instanceof Error) return false
  // Without a signature the client only asks whether the key would do.
  if (context.signature === undefined || context.blob === undefined) return true
  return key.verify(context.blob, context.signature, context.hashAlgo)
}

function execute(channel: ServerChannel, command: string, options: ServerOptions): void {
  const child = spawn('/bin/sh', ['-c', `${options.greeting ?? ''}${command}`], {
    env: {
      PATH: options.path ?? process.env['PATH'],
      SSH_CONNECTION: testConnection,
    },
  })
  child.stdin.on('error', () => undefined)
  channel.on('error', () => undefined)
  channel.pipe(child.stdin)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  channel.on('close', () => child.kill())
  child.on('close', (code, signal) => {
    if (code === null) channel.exit(signal?.slice('SIG'.length) ?? 'KILL')
    else channel.exit(code)
    channel.end()
  })
}

function tunnel(
  target: { readonly host: string; readonly port: number },
  accept: () => ServerChannel,
  reject: () => void,
): void {
  const socket = connect({ ...target, noDelay: true, allowHalfOpen: true })
  socket.once('error', reject)
  socket.once('connect', () => {
    socket.removeListener('error', reject)
    socket.on('error', () => undefined)
    const channel = accept()
    channel.on('error', () => undefined)
    channel.on('close', () => socket.destroy())
    socket.pipe(channel).pipe(socket)
  })
}
