import { canaryName, peerName, probeTopics, revokedName } from '../broker/canary.js'
import { needsCertificate } from '../broker/config.js'
import type { Fleet, Listener } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'
import type { VaultReader } from '../vault/vault.js'
import { rootPem } from './authorities.js'
import { addressOnHost } from './verify-scene.js'

type Files = Readonly<Record<string, string | Secret>>

/** What the host proves by itself before it commits, with canaries alone. */
export async function proofFiles(fleet: Fleet, vault: VaultReader): Promise<Files> {
  const listeners = fleet.listeners
    .filter(({ tls, protocol }) => tls && protocol === 'mqtt')
    .map(listener => {
      const asks = needsCertificate(listener) ? 'yes' : 'no'
      return `${addressOnHost(listener)} ${String(listener.port)} ${asks}\n`
    })
  const authority = await rootPem(fleet, vault, 'brokers')
  return {
    'proof/listeners': listeners.join(''),
    ...(authority !== undefined && { 'proof/ca.crt': authority }),
    ...(await credential('good', { name: peerName, vault })),
    ...(await credential('revoked', { name: revokedName, vault })),
    ...(await forbiddenFiles(fleet, vault)),
  }
}

/** Certificate and key as `proof/AS.crt` and `proof/AS.key`; nothing where the vault has none. */
async function credential(
  as: string,
  { name, vault }: { readonly name: string; readonly vault: VaultReader },
): Promise<Files> {
  const certificate = await vault.read(entryOf.canary(name, 'client.crt'))
  const key = await vault.readSecret(entryOf.canary(name, 'client.key'))
  if (certificate === undefined || key === undefined) return {}
  return { [`proof/${as}.crt`]: certificate, [`proof/${as}.key`]: key }
}

/**
 * A publication that must be refused, as an options file of `mosquitto_pub`. Nothing where every
 * role may publish everywhere, or where there are only WebSockets, which the tool may not speak.
 */
async function forbiddenFiles(fleet: Fleet, vault: VaultReader): Promise<Files> {
  const listener = fleet.listeners.find(({ protocol }) => protocol === 'mqtt')
  const attempts = fleet.roles.map(role => ({
    name: canaryName(role),
    topic: probeTopics(role).forbidden,
  }))
  const attempt = attempts.find(({ topic }) => topic !== undefined)
  if (listener === undefined || attempt?.topic === undefined) return {}
  const { name, topic } = attempt
  const password = await vault.readSecret(entryOf.canary(name, 'password'))
  const options = [
    // In 3.1.1 what is refused looks like what is taken.
    ...['-V 5', '-q 1', `-h ${addressOnHost(listener)}`, `-p ${String(listener.port)}`],
    ...[`-i ${name}`, `-t ${topic}`],
    // The certificate was proved before, and is good for other names than this address.
    ...(listener.tls ? ['--cafile proof/ca.crt', '--insecure'] : []),
    ...(needsCertificate(listener) ? ['--cert proof/canary.crt', '--key proof/canary.key'] : []),
    ...passwordOptions(listener, name, password),
  ]
  return {
    'proof/mosquitto_pub': new Secret(options.map(option => `${option}\n`).join('')),
    ...(await credential('canary', { name, vault })),
  }
}

function passwordOptions({ admit }: Listener, name: string, password: Secret | undefined) {
  if (admit === 'certificate' || password === undefined) return []
  return [`-u ${name}`, `-P ${password.reveal()}`]
}
