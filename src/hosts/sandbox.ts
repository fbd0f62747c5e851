import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { BednetError } from '../error.js'

/** The folder that stands for `/`, and the loopback port of each listener of the profile. */
interface Sandbox {
  readonly root: string
  /** By the profile's port. */
  readonly ports: ReadonlyMap<number, number>
}

/**
 * Makes the file tree of a host under `root`, with what the Debian package would have put there,
 * and finds a port for each of `wanted`: the one it had before, else the same one, else any that is
 * free. While a broker runs there it is always the one it had.
 * @param taken by sandboxes whose brokers may not run yet
 */
export async function prepareSandbox(
  root: string,
  wanted: readonly number[],
  taken: ReadonlySet<number> = new Set(),
): Promise<Sandbox> {
  refuseOddPath(root)
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true, mode: 0o700 })
  await writeFile(join(root, configurationFile), packagedConfiguration(root), {
    mode: 0o600,
  })
  const remembered = await readPorts(root)
  const ports = await choosePorts(wanted, { remembered, taken, keeps: await brokerRuns(root) })
  await writeFile(join(root, portsFile), JSON.stringify([...ports]), { mode: 0o600 })
  return { root, ports }
}

/** The sandbox that there is already, without making or changing anything. */
export async function findSandbox(root: string, wanted: readonly number[]): Promise<Sandbox> {
  const remembered = await readPorts(root)
  return { root, ports: new Map(wanted.map(port => [port, remembered.get(port) ?? port])) }
}

const folders = [
  'etc/mosquitto/conf.d',
  'var/lib/mosquitto',
  'var/log/mosquitto',
  'run/bednet',
] as const

const portsFile = 'ports.json'
const configurationFile = 'etc/mosquitto/mosquitto.conf'

/** Mosquitto's configuration has no quotes, and the scripts put paths where `#` ends them. */
function refuseOddPath(root: string): void {
  if (!/[\p{Cc}#&\\"'$`*[\]]/u.test(root)) return
  throw new BednetError('USAGE', `a sandbox cannot live at ${JSON.stringify(root)}`, {
    at: root,
    hint: 'put the profile in a folder whose name has no quotes, # & $ * [ ] or backslashes',
  })
}

/** As in the package, but in this tree; root would become "mosquitto" and could not read it. */
function packagedConfiguration(root: string): string {
  const lines = [
    `pid_file ${root}/run/mosquitto.pid`,
    'persistence true',
    `persistence_location ${root}/var/lib/mosquitto/`,
    `log_dest file ${root}/var/log/mosquitto/mosquitto.log`,
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    `include_dir ${root}/etc/mosquitto/conf.d`,
  ]
  return `${lines.join('\n')}\n`
}

async function readPorts(root: string): Promise<ReadonlyMap<number, number>> {
  try {
    const pairs: unknown = JSON.parse(await readFile(join(root, portsFile), 'utf8'))
    return new Map(Array.isArray(pairs) ? pairs.filter(isPair) : [])
  } catch {
    return new Map()
  }
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isInteger)
}

async function brokerRuns(root: string): Promise<boolean> {
  try {
    const pid = (await readFile(join(root, 'run/mosquitto.pid'), 'utf8')).trim()
    // After a reboot the number may be a stranger's.
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    return argv.includes(join(root, configurationFile))
  } catch {
    return false
  }
}

interface Choice {
  readonly remembered: ReadonlyMap<number, number>
  readonly taken: ReadonlySet<number>
  /** The broker that holds what is remembered is running. */
  readonly keeps: boolean
}

async function choosePorts(
  wanted: readonly number[],
  { remembered, taken, keeps }: Choice,
): Promise<ReadonlyMap<number, number>> {
  const ports = new Map<number, number>()
  const held: Server[] = []
  // All are held until the last is chosen, or two listeners could be given the same one.
  for (const port of wanted) {
    const before = remembered.get(port)
    const server =
      keeps && before !== undefined
        ? undefined
        : await holdFirst([before ?? port, port, 0].filter(each => !taken.has(each)))
    if (server !== undefined) held.push(server)
    const given = (server?.address() as AddressInfo | undefined)?.port
    ports.set(port, given ?? before ?? port)
  }
  await Promise.all(held.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

async function holdFirst(ports: readonly number[]): Promise<Server | undefined> {
  for (const port of ports) {
    const server = await hold(port)
    if (server !== undefined) return server
  }
  return undefined
}

/** On all addresses: a port that only another address has taken would confuse as well. */
async function hold(port: number): Promise<Server | undefined> {
  const server = createServer()
  return await new Promise(resolve => {
    server.once('error', () => {
      resolve(undefined)
    })
    server.listen(port, () => {
      resolve(server)
    })
  })
}
