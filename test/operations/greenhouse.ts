import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { rootPem } from '../../src/operations/authorities.js'
import { authorityOpener } from '../../src/operations/authority.js'
import { absent, type Due } from '../../src/operations/due.js'
import { findDue } from '../../src/operations/find-due.js'
import { issuedAct } from '../../src/operations/issuance.js'
import { issueBatches, type Order } from '../../src/operations/issue-batches.js'
import { issueDue } from '../../src/operations/issue.js'
import { signerOf } from '../../src/profile/authorities.js'
import type { Project } from '../../src/operations/load.js'
import { createAuthority } from '../../src/pki/authority.js'
import { privateKeyPem } from '../../src/pki/key.js'
import { Secret } from '../../src/secret.js'
import { entryOf } from '../../src/vault/layout.js'
import type { Vault, VaultReader } from '../../src/vault/vault.js'
import type { Event, World } from '../../src/world.js'
import { read } from '../profile/read.js'
import { memoryVault, type MemoryVault } from './memory-vault.js'
import { inDays, today } from './today.js'

/** A broker, a user whose password is in the environment, and two devices of one role. */
export const profile = `site: greenhouse
authority: { passphrase: generated }
brokers:
  hub: { host: ubuntu@mqtt.example.org, names: [192.0.2.10] }
listeners:
  - { port: 1883, bind: loopback, admit: password }
  - { port: 8883, admit: certificate }
users:
  dashboard: { role: viewer, password: { env: DASHBOARD_PASSWORD } }
devices:
  - { names: "esp32-{1..2}", role: sensor }
roles:
  sensor: { publish: [sensors/%u/#], subscribe: [commands/%u/#] }
  viewer: { publish: [commands/#], subscribe: [sensors/#] }
`

/** Planted: none of these may be seen where no secret belongs. */
export const plantedPassword = 'PLANTED-user-4711'

interface RecordingWorld extends World {
  readonly events: readonly Event[]
}

/** A clock that stands still, numbers that are no secret, nobody to ask, and all that was reported. */
export function recordingWorld(changes: Partial<World> = {}): RecordingWorld {
  const events: Event[] = []
  return {
    now: () => today,
    randomBytes: count => {
      drawn += 1
      const digest = createHash('sha512').update(String(drawn)).digest()
      return digest.subarray(0, count)
    },
    environment: { DASHBOARD_PASSWORD: plantedPassword },
    report: event => events.push(event),
    ask: undefined,
    confirm: undefined,
    ...changes,
    events,
  }
}

/** Never twice the same in one process, or two certificates would share a serial. */
let drawn = 0

/** The project of a profile that lies in `folder`. */
export function projectOf(text = profile, folder = '/greenhouse'): Project {
  const fleet = { ...read(text), folder }
  return { fleet, vault: join(folder, '.bednet', fleet.site) }
}

/**
 * Puts an authority into a vault as `up` would, but with its key in clear: to encrypt and decrypt it
 * costs a good part of a second each time.
 */
export async function plantAuthority(
  vault: Vault,
  { fleet }: Project,
  world: World = recordingWorld(),
): Promise<void> {
  const { commonName, lifetimeDays } = signerOf(fleet, 'brokers')
  const { certificate, key } = await createAuthority({
    commonName,
    site: fleet.site,
    generation: 1,
    algorithm: 'p256',
    notBefore: inDays(-1, world.now()),
    notAfter: inDays(lifetimeDays, world.now()),
    serial: Buffer.from(world.randomBytes(16)).toString('hex').replace(/^./, '4'),
  })
  const kind = 'authority'
  await vault.append([issuedAct({ kind, name: commonName, certificate }, 'planted by a test')])
  await vault.writeSecret(entryOf.authority('passphrase'), new Secret('planted'))
  await vault.writeSecret(entryOf.authority('ca.key'), new Secret(privateKeyPem(key)))
  await vault.write(entryOf.authority('ca.crt'), certificate)
}

interface Question {
  readonly project: Project
  readonly vault: VaultReader
  readonly world?: World
  readonly reuseNames?: boolean
}

export async function dueIn({
  world = recordingWorld(),
  ...rest
}: Question): Promise<readonly Due[]> {
  return await findDue({ reuseNames: false, ...rest, world })
}

/** `kind name: because`, one line each. */
export function lines(due: readonly Due[]): readonly string[] {
  return due.map(({ kind, name, because }) => `${kind} ${name}: ${because}`)
}

/** Issues all that is due, as `up` does. */
export async function issueAll(project: Project, vault: Vault, world = recordingWorld()) {
  await issueDue({ project, vault, world }, await dueIn({ project, vault, world }))
}

/** A vault in which nothing is due. That of the profile above is made once and then copied. */
export async function stockedVault(project?: Project): Promise<MemoryVault> {
  if (project !== undefined) return await stock(project)
  greenhouseVault ??= stock(projectOf())
  return (await greenhouseVault).copy()
}

let greenhouseVault: Promise<MemoryVault> | undefined

async function stock(project: Project): Promise<MemoryVault> {
  const vault = memoryVault()
  await plantAuthority(vault, project)
  await issueAll(project, vault)
  return vault
}

/** Puts devices into the inventory, as `issue --from` does, in one batch. */
export async function issueListed(
  vault: Vault,
  project: Project,
  names: readonly string[],
): Promise<void> {
  const world = recordingWorld()
  const { fleet } = project
  const open = authorityOpener({ fleet, vault, world }, [])
  const authority = await open(signerOf(fleet, 'devices').id)
  const orders = async function* (): AsyncGenerator<Order> {
    for (const [index, name] of names.entries()) {
      const rest = {
        role: 'sensor',
        key: 'p256',
        lifetimeDays: 365,
        passphrase: undefined,
        formats: ['pem'],
        platform: undefined,
      } as const
      const device = { name, ...rest, isListed: true } as const
      const labels = { place: `hall ${String(index % 2)}` }
      yield await Promise.resolve({
        line: index + 2,
        device,
        labels,
        hasPassword: false,
        because: absent,
      })
    }
  }
  const report = () => undefined
  const trusted = (await rootPem(fleet, vault, 'brokers')) ?? ''
  await issueBatches({ vault, world, authority, trusted, total: names.length, report }, orders())
}

/** An act that is still to be given a name and a serial. */
export const revocation = {
  act: 'revoked',
  kind: 'device',
  reason: 'keyCompromise',
  because: 'it was stolen',
} as const

/** Of all certificates that were issued for a name, the oldest first. */
export function serialsOf({ lines: entries }: MemoryVault, name: string): readonly string[] {
  return entries.flatMap(entry =>
    entry.act === 'issued' && entry.name === name ? [entry.serial] : [],
  )
}

/** Another certificate for a name, and no key to it, as a killed run leaves it. */
export async function reissue(
  vault: MemoryVault,
  name: string,
  project = projectOf(),
): Promise<void> {
  const kind = name.startsWith('bednet-canary-') ? 'canary' : 'device'
  const scratch = vault.copy()
  const input = { project, vault: scratch, world: recordingWorld() }
  await issueDue(input, [{ kind, name, because: 'of this test' }])
  const entry = kind === 'canary' ? entryOf.canary(name, 'client.crt') : deviceEntry(name)
  const certificate = (await scratch.read(entry)) ?? ''
  await vault.append([issuedAct({ kind, name, certificate }, 'of this test')])
  await vault.write(entry, certificate)
}

function deviceEntry(name: string) {
  return entryOf.device(name, 'client.crt')
}
