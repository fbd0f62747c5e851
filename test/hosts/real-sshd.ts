import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A real sshd of this machine on a loopback port, with a configuration of its own. */
export interface RealSshd {
  readonly folder: string
  readonly port: number
  /** Log in with it; the public half is known to the server, and lies beside it. */
  readonly keyFile: string
  readonly hostKeys: readonly string[]
  stop(): Promise<void>
}

const sshd = '/usr/sbin/sshd'

/** Why it cannot run here, or false where it can. */
export function sshdMissing(): string | false {
  if (process.getuid?.() !== 0) return 'needs root, to log in as root and as a user made for it'
  if (!existsSync(sshd)) return 'needs openssh-server'
  if (!existsSync('/usr/bin/sudo')) return 'needs sudo'
  return false
}

export async function startSshd(): Promise<RealSshd> {
  const folder = await mkdtemp(join(tmpdir(), 'bednet-sshd-'))
  // A user other than root must be able to read authorized_keys.
  await chmod(folder, 0o755)
  const inside = (name: string): string => join(folder, name)
  const hostKeys = [inside('host_ed25519'), inside('host_ecdsa')]
  await sshKeygen('-t', 'ed25519', '-N', '', '-f', inside('host_ed25519'))
  await sshKeygen('-t', 'ecdsa', '-N', '', '-f', inside('host_ecdsa'))
  await sshKeygen('-t', 'ed25519', '-N', '', '-f', inside('id'))
  await writeFile(inside('authorized_keys'), await readFile(inside('id.pub')), { mode: 0o644 })
  const port = await freePort()
  const lines = [
    `Port ${String(port)}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map(file => `HostKey ${file}`),
    `AuthorizedKeysFile ${inside('authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxAuthTries 3',
  ]
  await writeFile(inside('sshd_config'), lines.join('\n') + '\n')
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const child = spawn(sshd, ['-D', '-e', '-f', inside('sshd_config')], { stdio: 'ignore' })
  await answering(port, child)
  return {
    folder,
    port,
    keyFile: inside('id'),
    hostKeys,
    stop: async () => {
      child.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function sshKeygen(...argv: readonly string[]): Promise<void> {
  await run('ssh-keygen', ['-q', ...argv])
}

/** A user of this machine for the time of a test, in the group that Debian's sudoers lets in. */
export async function temporaryUser(
  password: string,
): Promise<{ name: string; remove: () => Promise<void> }> {
  const name = `bednet-test-${String(process.pid)}`
  await run('useradd', ['--create-home', '--shell', '/bin/bash', '--groups', 'sudo', name])
  const remove = async (): Promise<void> => {
    await run('userdel', ['--remove', '--force', name]).catch(() => undefined)
  }
  try {
    const change = spawn('chpasswd', { stdio: ['pipe', 'ignore', 'ignore'] })
    change.stdin.end(`${name}:${password}\n`)
    await new Promise(resolve => change.once('close', resolve))
    return { name, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** An agent that holds one key. */
export async function startAgent(keyFile: string, socket: string): Promise<ChildProcess> {
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  for (let tries = 0; tries < startTries && !existsSync(socket); tries += 1) await pause()
  await run('ssh-add', ['-q', keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  return agent
}

/** 5 s in all. */
const startTries = 100
const pauseMs = 50

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, pauseMs))
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < startTries; tries += 1) {
    const answers = await new Promise<boolean>(resolve => {
      const socket = connect({ host: '127.0.0.1', port })
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
    if (answers) return
    await pause()
  }
  child.kill()
  throw new Error('sshd does not answer')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}
