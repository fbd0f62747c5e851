import { canaries } from '../broker/canary.js'
import { BednetError } from '../error.js'
import type { Host } from '../hosts/host.js'
import { certificateFacts } from '../pki/certificate.js'
import { entryOf } from '../vault/layout.js'
import { Secret } from '../secret.js'
import type { VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import type { Target } from './target.js'
import { verifyBroker, type Proof } from './verify.js'
import { rootPem } from './authorities.js'
import type { CanaryCredential, VerifyCredentials } from './verify-scene.js'

interface ProveInput {
  readonly target: Target
  readonly host: Host
  readonly vault: VaultReader
  readonly world: World
  /** Of the Mosquitto that runs there. */
  readonly version: string
}

/** Proves one broker with what the vault keeps for it: canaries, and nobody's real credential. */
export async function prove({ target, ...input }: ProveInput): Promise<readonly Proof[]> {
  const { broker, fleet } = target
  return await verifyBroker({
    ...input,
    broker,
    fleet,
    target: { address: await addressOf(target, input.world) },
    credentials: await credentialsOf(target, input.vault),
  })
}

/** Where the operator reaches the broker: for ssh, the name behind an alias of its configuration. */
async function addressOf({ broker: { host } }: Target, world: World): Promise<string> {
  if (host.kind !== 'ssh') return '127.0.0.1'
  const { sshHostName } = await import('../hosts/ssh-host-name.js')
  return await sshHostName(host, world)
}

async function credentialsOf(
  { broker, fleet }: Target,
  vault: VaultReader,
): Promise<VerifyCredentials> {
  const caPem = await rootPem(fleet, vault, 'brokers')
  const certificate = await vault.read(entryOf.broker(broker.name, 'broker.crt'))
  if (caPem === undefined) {
    throw new BednetError('VAULT_DAMAGED', `there is no authority in ${vault.folder}`, {
      at: vault.folder,
      hint: 'run "bednet up" first, or run this where the vault is',
    })
  }
  const held = new Map<string, CanaryCredential>()
  for (const { name } of canaries(fleet)) {
    const credential = await canaryOf(name, vault)
    if (credential !== undefined) held.set(name, credential)
  }
  const brokerSha256 = certificate === undefined ? '' : certificateFacts(certificate).fingerprint
  return { caPem, brokerSha256, canaries: held }
}

async function canaryOf(name: string, vault: VaultReader): Promise<CanaryCredential | undefined> {
  const certificatePem = await vault.read(entryOf.canary(name, 'client.crt'))
  const keyPem = await vault.readSecret(entryOf.canary(name, 'client.key'))
  const password = await vault.readSecret(entryOf.canary(name, 'password'))
  if (certificatePem === undefined || keyPem === undefined) return undefined
  // Where nobody logs in with a password, there is none to be had.
  return { certificatePem, keyPem, password: password ?? new Secret('') }
}
