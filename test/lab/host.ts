import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

export type Release = 'bookworm' | 'trixie' | 'bullseye' | 'forky'

export const releases: readonly Release[] = ['bookworm', 'trixie', 'bullseye', 'forky']

interface LabHostOptions {
  /** Hosts of suites that run at the same time need different names. */
  readonly name: string
  readonly release?: Release
  /** `nopasswd` and `password` log in as `ubuntu`, `root` as root. */
  readonly sudo?: 'nopasswd' | 'password' | 'root'
  /** `sysv`: init scripts, and no systemd. */
  readonly init?: 'systemd' | 'sysv'
  /** sudo is the one in Rust, which trixie and forky have. */
  readonly sudoRs?: boolean
  /** So are `ls`, `stat` and their like. */
  readonly rustCoreutils?: boolean
  readonly sshPort?: number
  readonly ipv6?: boolean
  /** false: as if `apt-get update` had never run there. */
  readonly aptLists?: boolean
  /** Names that resolve to the host on this machine while it is there. */
  readonly aliases?: readonly string[]
}

/** A fresh Debian with systemd or sysvinit, sshd, sudo, apt (offline) and ufw; nothing of a broker yet. */
export interface LabHost {
  readonly name: string
  readonly release: Release
  readonly address: string
  readonly ipv6: string | null
  readonly port: number
  readonly user: string
  /** Path of the private key that logs in. */
  readonly key: string
  /** Path of a known_hosts file with this host's keys, and no others. */
  readonly knownHosts: string
  /** Its file tree, as this machine sees it. */
  readonly root: string
  /** Runs a shell command as root inside, without ssh; a failure is a value. */
  readonly run: (command: string) => Promise<CommandOutput>
}

export interface CommandOutput {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** What sudo asks for on a host with `sudo: 'password'`. */
export const labSudoPassword = 'lab-sudo-password'

/** Why no lab host can be had here, or undefined where one can. */
export const noLab = process.getuid?.() === 0 ? undefined : 'a lab host needs root'

const labScript = fileURLToPath(new URL('../../scripts/lab', import.meta.url))

/** Starts a host, in place of an earlier one of that name, and waits until ssh answers. */
export async function labHost(options: LabHostOptions): Promise<LabHost> {
  const { name } = options
  const { stdout } = await execa(labScript, ['up', name, '--replace', '--json', ...flags(options)])
  const { hosts } = JSON.parse(stdout) as { hosts: Omit<LabHost, 'run'>[] }
  const [host] = hosts
  if (host === undefined) throw new Error(`scripts/lab up ${name} printed no host: ${stdout}`)
  return { ...host, run: command => runInside(name, command) }
}

/** Stops the host and removes every trace of it. */
export async function endLab(host: Pick<LabHost, 'name'>): Promise<void> {
  await execa(labScript, ['down', host.name])
}

/** Lets a host build Mosquitto, offline: path of Debian's upstream tarball, or why there is none. */
export async function labSources(
  host: Pick<LabHost, 'name'>,
): Promise<{ readonly path: string } | { readonly because: string }> {
  const { exitCode, stdout, stderr } = await outputOf(['sources', host.name])
  if (exitCode === exitCannot) return { because: stderr }
  if (exitCode !== 0) throw new Error(`scripts/lab sources ${host.name}: ${stderr}`)
  return { path: stdout }
}

/** Gives a host a signed archive at `file:/mosquitto`, and packages of an older release: path of the key. */
export async function labArchive(host: Pick<LabHost, 'name'>, older?: Release): Promise<string> {
  const argv = ['archive', host.name, ...(older === undefined ? [] : [older])]
  return (await execa(labScript, argv)).stdout
}

/** As automake has it: it can't be done here. */
const exitCannot = 77

/** `kill` is a power cut; `start` and `reboot` return when ssh answers again. */
export async function power(host: LabHost, verb: PowerVerb): Promise<void> {
  await execa(labScript, [verb, host.name])
}

type PowerVerb = 'reboot' | 'stop' | 'start' | 'kill'

/** Runs a command as the host's user, over a new ssh connection. */
export async function runOverSsh(host: LabHost, command: string): Promise<CommandOutput> {
  return await outputOf(['ssh', host.name, command])
}

/** A firewall that drops gives a time-out; a host where nobody listens refuses. */
export async function tryPort(host: LabHost, port: number): Promise<'open' | 'refused' | 'silent'> {
  return await new Promise(resolve => {
    const socket = connect({ host: host.address, port, timeout: portTimeoutMs })
    const settle = (outcome: 'open' | 'refused' | 'silent') => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => {
      settle('open')
    })
    socket.once('timeout', () => {
      settle('silent')
    })
    socket.once('error', () => {
      settle('refused')
    })
  })
}

const portTimeoutMs = 1_500

async function runInside(name: string, command: string): Promise<CommandOutput> {
  return await outputOf(['run', name, command])
}

async function outputOf(argv: readonly string[]): Promise<CommandOutput> {
  const result = await execa(labScript, argv, { reject: false, timeout: commandTimeoutMs })
  // A command ended by a signal has no exit code; to a test it is a failure like another.
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode ?? -1 }
}

const commandTimeoutMs = 120_000

function flags(options: LabHostOptions): string[] {
  return [
    ...(options.release === undefined ? [] : ['--release', options.release]),
    ...(options.sudo === undefined ? [] : ['--sudo', options.sudo]),
    ...(options.init === undefined ? [] : ['--init', options.init]),
    ...(options.sudoRs === true ? ['--sudo-rs'] : []),
    ...(options.rustCoreutils === true ? ['--rust-coreutils'] : []),
    ...(options.sshPort === undefined ? [] : ['--ssh-port', String(options.sshPort)]),
    ...(options.ipv6 === true ? ['--ipv6'] : []),
    ...(options.aptLists === false ? ['--no-apt-lists'] : []),
    ...(options.aliases ?? []).flatMap(alias => ['--alias', alias]),
  ]
}
