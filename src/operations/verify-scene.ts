import { join } from 'node:path'
import { canaries, peerName } from '../broker/canary.js'
import { needsCertificate } from '../broker/config.js'
import type { BadClient, Expectation, Route } from '../broker/expectation.js'
import type { Host } from '../hosts/host.js'
import { openRelay, type Relay } from '../hosts/relay.js'
import { withScratchFolder, writePrivateFile } from '../hosts/scratch.js'
import type { ToolOptions } from '../hosts/tools.js'
import { createAuthority } from '../pki/authority.js'
import { issueCertificate } from '../pki/issuance.js'
import { generateKey, privateKeyPem } from '../pki/key.js'
import { objections } from '../pki/objections.js'
import { serialNumber } from '../pki/serial.js'
import { signerOf } from '../profile/authorities.js'
import type { Broker, Fleet, Listener } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import type { World } from '../world.js'

export interface VerifyInput {
  readonly fleet: Fleet
  /** Its `host.kind` decides from where it is looked at. */
  readonly broker: Broker
  readonly host: Host
  readonly target: Target
  /** Of the Mosquitto that runs there, e.g. `2.0.11`. */
  readonly version: string
  readonly credentials: VerifyCredentials
  readonly world: World
}

export interface Target {
  /** Where the operator connects: a name, an address, `127.0.0.1` for a sandbox. */
  readonly address: string
  /** The operator's own address as the host sees it; undefined: the host is asked, if it matters. */
  readonly seenFrom?: string | undefined
}

export interface VerifyCredentials {
  /** What a client is given to believe: our authority, or the old and the new one. */
  readonly caPem: string
  /** SHA-256 of the DER of the broker's certificate, lower-case hex. */
  readonly brokerSha256: string
  /** By name, every one that `canaries(fleet)` lists. */
  readonly canaries: ReadonlyMap<string, CanaryCredential>
}

export interface CanaryCredential {
  readonly certificatePem: string
  readonly keyPem: Secret
  readonly password: Secret
}

/** What every check may use. */
export interface Scene {
  readonly input: VerifyInput
  /** By port: where the listener is found from here. */
  readonly doors: ReadonlyMap<number, Door>
  readonly authorityFile: string
  /** Why strict clients refuse the authority itself; undefined where they do not. */
  readonly authorityFlaw: string | undefined
  /** Certificate and key on disk by canary name, and `foreign`; empty where no listener asks. */
  readonly clientFiles: ReadonlyMap<string, ClientFiles>
  /** Private; it is removed in the end. */
  readonly folder: string
  readonly tools: ToolOptions
}

export interface Door {
  readonly address: string
  readonly port: number
  readonly listener: Listener
  readonly via: Route
}

export interface ClientFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** Sets up what the checks need, and leaves nothing of it behind. */
export async function withScene<Result>(
  input: VerifyInput,
  list: readonly Expectation[],
  use: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  return withScratchFolder(async folder => {
    const relays: Relay[] = []
    try {
      const authorityFile = join(folder, 'ca.crt')
      await writePrivateFile(authorityFile, input.credentials.caPem)
      return await use({
        input,
        doors: await openDoors(input, list, relays),
        authorityFile,
        authorityFlaw: flawOf(input),
        clientFiles: await writeClientFiles(input, folder),
        folder,
        tools: { environment: toolEnvironment(input.world), limitMs: toolLimitMs },
      })
    } finally {
      for (const relay of relays) relay.close()
    }
  })
}

/** Of an authority that was imported: it was known then, and no broker can mend it. */
function flawOf({ credentials: { caPem }, world }: VerifyInput): string | undefined {
  const use = { purpose: 'authority', authorities: [], now: world.now() } as const
  return objections(caPem, use).find(({ severity }) => severity === 'refused-by-strict')?.message
}

/** Where a listener is as the host itself sees it. */
export function addressOnHost({ bind }: Listener): string {
  return typeof bind === 'string' ? '127.0.0.1' : bind.address
}

/** Under which name its certificate lies in `clientFiles`. */
export function clientName(fleet: Fleet, client: BadClient): string | undefined {
  return client === 'foreign'
    ? foreignName
    : canaries(fleet).find(({ kind }) => kind === client)?.name
}

const foreignName = 'foreign'
const toolLimitMs = 8_000
const dayMs = 24 * 60 * 60 * 1000

async function openDoors(
  input: VerifyInput,
  list: readonly Expectation[],
  relays: Relay[],
): Promise<ReadonlyMap<number, Door>> {
  const doors = new Map<number, Door>()
  for (const listener of input.fleet.listeners) {
    const { port } = listener
    const via = list.find(({ id }) => id === `${String(port)}/open`)?.via ?? 'direct'
    if (via === 'forward') {
      const relay = await openRelay(input.host, addressOnHost(listener), port)
      relays.push(relay)
      doors.set(port, { address: relay.address, port: relay.port, listener, via })
    } else {
      doors.set(port, { address: directAddress(listener, input), port, listener, via })
    }
  }
  return doors
}

/** On the host itself each listener is sought where it is bound; from elsewhere, at the host. */
function directAddress(listener: Listener, { broker, target }: VerifyInput): string {
  if (broker.host.kind === 'ssh') return target.address
  return listener.bind === 'everywhere' ? target.address : addressOnHost(listener)
}

/** The tools find their files and speak English; nothing else of our environment is theirs. */
export function toolEnvironment({ environment }: World): Readonly<Record<string, string>> {
  return { PATH: environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' }
}

async function writeClientFiles(
  input: VerifyInput,
  folder: string,
): Promise<ReadonlyMap<string, ClientFiles>> {
  const files = new Map<string, ClientFiles>()
  if (!input.fleet.listeners.some(needsCertificate)) return files
  const clients = canaries(input.fleet).flatMap(({ name }) => {
    const credential = input.credentials.canaries.get(name)
    return credential === undefined ? [] : [{ name, ...credential }]
  })
  for (const client of [...clients, { name: foreignName, ...(await foreignClient(input)) }]) {
    const certificateFile = join(folder, `${client.name}.crt`)
    const keyFile = join(folder, `${client.name}.key`)
    await writePrivateFile(certificateFile, client.certificatePem)
    await writePrivateFile(keyFile, client.keyPem.reveal())
    files.set(client.name, { certificateFile, keyFile })
  }
  return files
}

/** The same names, another key: what anybody can make who has seen ours. */
async function foreignClient({ fleet, world }: VerifyInput) {
  const now = world.now().getTime()
  const period = { notBefore: new Date(now - dayMs), notAfter: new Date(now + dayMs) }
  const serial = () => serialNumber(world.randomBytes(16))
  const authority = await createAuthority({
    commonName: signerOf(fleet, 'devices').commonName,
    site: fleet.site,
    generation: 1,
    algorithm: 'p256',
    ...period,
    serial: serial(),
  })
  const key = await generateKey('p256')
  const certificatePem = await issueCertificate(authority, {
    purpose: 'client',
    commonName: peerName,
    names: [],
    publicKey: key,
    ...period,
    serial: serial(),
  })
  return { certificatePem, keyPem: new Secret(privateKeyPem(key)) }
}
