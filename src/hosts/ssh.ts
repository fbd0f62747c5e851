import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

import { shellLine } from '../command.js'
import type { Secret } from '../secret.js'
import type { World } from '../world.js'
import type { Shell } from './shell.js'
import type { SshConnection } from './ssh-client.js'
import { readSshConfig } from './ssh-config-files.js'
import {
  homeFolder,
  parseJump,
  type SshAddress,
  type SshSettings,
  sshSettings,
} from './ssh-config.js'
import { type SshNames, unreachable } from './ssh-errors.js'
import { hostKeyCheck } from './ssh-host-key.js'
import { type ConnectLimit, startConnectLimit } from './ssh-limit.js'
import { asLoginCommand } from './sudo.js'
import { RootShell } from './sudo-run.js'

export interface SshOptions {
  /** HOME, USER, SSH_AUTH_SOCK, BEDNET_SSH_PASSPHRASE; who can be asked, and who cannot. */
  readonly world: Pick<World, 'environment' | 'ask' | 'confirm'>
  readonly sudoPassword?: Secret | undefined
  /** In place of ~/.ssh/config and /etc/ssh/ssh_config, like `ssh -F`. */
  readonly sshConfig?: string
  /** In place of the files that the configuration names; new keys go to the first. */
  readonly knownHosts?: readonly string[]
}

/** Logs in by ssh: one connection, over jump hosts where the configuration names them. */
export async function openSsh(address: SshAddress, options: SshOptions): Promise<Shell> {
  const home = homeFolder(options.world.environment)
  const config = await readSshConfig(home, options.sshConfig)
  const way = await dial(address, { ...options, config, before: [], hops: 0 })
  const [last] = way.connections
  const root = new RootShell({
    address: way.address,
    sudoPassword: options.sudoPassword,
    ask: options.world.ask,
    start: text => last.exec(asLoginCommand(text)),
  })
  return {
    address: way.address,
    run: (script, input) => root.run(script, input),
    forward: (host, port) => last.forward(host, port),
    close: () => closeAll(way.connections),
  }
}

interface Dialling extends SshOptions {
  readonly config: string
  /** What the connection goes through, the nearest to the host first. */
  readonly before: readonly SshConnection[]
  readonly hops: number
}

interface Way {
  readonly address: string
  /** The connection to the host itself, then what it goes through. */
  readonly connections: readonly [SshConnection, ...SshConnection[]]
}

/** A configuration may send jump hosts through each other, round and round. */
const hopLimit = 8

async function dial(address: SshAddress, dialling: Dialling): Promise<Way> {
  const settings = settingsOf(address, dialling)
  const names = namesOf(address, settings, dialling.sshConfig)
  if (dialling.hops > hopLimit) {
    throw unreachable(names, new Error(`more than ${String(hopLimit)} jump hosts on the way`))
  }
  let { before } = dialling
  // A jump host behind another is reached through that one, whatever the configuration says of it.
  for (const jump of before.length > 0 ? [] : settings.jumps) {
    const way = await dial(parseJump(jump), { ...dialling, before, hops: dialling.hops + 1 })
    before = way.connections
  }
  try {
    const connection = await greet(settings, names, { ...dialling, before })
    return { address: names.address, connections: [connection, ...before] }
  } catch (error) {
    await closeAll(before)
    throw error
  }
}

async function greet(
  settings: SshSettings,
  names: SshNames,
  { world, before: [nearest] }: Dialling,
): Promise<SshConnection> {
  const limit = startConnectLimit()
  const { ask, confirm } = world
  const patient = {
    environment: world.environment,
    ask: ask && ((question: string) => limit.forPerson(() => ask(question))),
    confirm: confirm && ((question: string) => limit.forPerson(() => confirm(question))),
  }
  const connecting =
    nearest === undefined
      ? reach(settings, limit).catch((cause: unknown) => {
          throw unreachable(names, cause)
        })
      : nearest.forward(settings.hostName, settings.port)
  try {
    // A host takes its time to greet: what answers it is loaded meanwhile.
    const [transport, { logIn, ...login }] = await Promise.all([
      connecting,
      prepareLogin(settings, names, patient),
    ])
    return await logIn({ names, user: settings.user, transport, ...login, limit })
  } catch (error) {
    connecting.then(
      transport => transport.destroy(),
      () => undefined,
    )
    throw error
  } finally {
    limit.stop()
  }
}

async function prepareLogin(settings: SshSettings, names: SshNames, asking: SshOptions['world']) {
  const { logIn } = await import('./ssh-client.js')
  const { keyOffer } = await import('./ssh-keys.js')
  const hostKey = await hostKeyCheck(settings, { ...names, confirm: asking.confirm })
  return { logIn, hostKey, keys: await keyOffer(settings, asking) }
}

/** ssh2 would leave Nagle's algorithm on, and every exchange would wait 40 ms for an ACK. */
async function reach({ hostName, port }: SshSettings, limit: ConnectLimit): Promise<Duplex> {
  const socket = connect({ host: hostName, port, noDelay: true })
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.on('error', reject)
  })
  try {
    await Promise.race([connected, limit.over])
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function settingsOf(address: SshAddress, { config, world, knownHosts }: Dialling): SshSettings {
  const settings = sshSettings(address, config, world.environment)
  if (knownHosts === undefined) return settings
  return { ...settings, userKnownHosts: knownHosts, globalKnownHosts: [] }
}

function namesOf(address: SshAddress, { user, port }: SshSettings, config?: string): SshNames {
  const words = ['ssh', ...(config === undefined ? [] : ['-F', config]), '-p', String(port)]
  return {
    address: `${user}@${address.name}:${String(port)}`,
    sshLine: shellLine({ argv: [...words, `${user}@${address.name}`, 'true'] }),
  }
}

async function closeAll(connections: readonly SshConnection[]): Promise<void> {
  // The host's own first: it says its goodbye through the others.
  for (const connection of connections) await connection.close()
}
