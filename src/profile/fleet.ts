import type { KeyAlgorithm } from '../algorithm.js'
import type { Format, Platform } from './platform.js'

/** What every room after `resolve` reads: defaults filled, ranges expanded, references checked. */
export interface Fleet {
  /** Names the vault folder and marks what is bednet's on a host. */
  readonly site: string
  /** Absolute folder of the profile: the vault and `{ file: … }` secrets are found from here. */
  readonly folder: string
  /** What signs the certificates: roots before those they sign. */
  readonly authorities: readonly AuthoritySpec[]
  readonly brokers: readonly Broker[]
  /** The same on every broker of the fleet. */
  readonly listeners: readonly Listener[]
  readonly users: readonly User[]
  readonly devices: readonly Device[]
  readonly roles: readonly Role[]
  readonly limits: Limits
  readonly persistence: boolean
  /** ufw is enabled only where this says so; rules are added either way. */
  readonly enableFirewall: boolean
  /** Built from this on each host; undefined: installed by apt. Sandboxes have neither. */
  readonly source: SourceTarball | undefined
  /** Packages of Mosquitto come from here; undefined: from where the host has its others from. */
  readonly archive: Archive | undefined
  /** Absolute folder of the person's own templates, looked into before bednet's. */
  readonly templates: string | undefined
}

/** A release of Mosquitto, known by its digest. */
export interface SourceTarball {
  /** Absolute. */
  readonly path: string
  /** In lower case hex. */
  readonly sha256: string
}

/** Of packages, as a source of apt names one. */
export interface Archive {
  readonly url: string
  /** Undefined: the host's own codename. */
  readonly suite: string | undefined
  /** What its Release file says: apt tells its packages from others by that. */
  readonly origin: string
  /** In ASCII armour; undefined: the host asks a key server for that of the fingerprint. */
  readonly key: string | undefined
  /** The only key whose signature counts; undefined: any in the file. */
  readonly fingerprint: string | undefined
  /** It has packages for Ubuntu's releases and for no others. */
  readonly isForUbuntu: boolean
}

/** Where a secret comes from; its value is never in the profile. */
export type SecretSource =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'prompt' }
  /** Drawn at random once and kept in the vault, mode 0600. */
  | { readonly from: 'vault' }

/** Whose certificates; canaries are devices here. */
export type Signed = 'brokers' | 'devices'

/** How the private key of an authority is kept. */
export type Custody =
  /** Encrypted PKCS#8 in the vault. */
  | { readonly kind: 'passphrase'; readonly source: SecretSource }
  /** In the vault, encrypted to all of these, and opened with one of their identities. */
  | {
      readonly kind: 'age'
      readonly recipients: readonly string[]
      readonly identity: SecretSource
    }
  /** In a token that is spoken to by PKCS#11, and never out of it. */
  | ({ readonly kind: 'token' } & Token)

export interface Token {
  /** Absolute path of the shared library that speaks to it. */
  readonly module: string
  /** Labels, of the token and of the key in it. */
  readonly token: string
  readonly object: string
  readonly pin: SecretSource
}

/** Which of a site's authorities: the root, the one that it has signed, the one for devices alone. */
export type AuthorityId = 'ca' | 'issuing' | 'devices'

export interface AuthoritySpec {
  readonly id: AuthorityId
  readonly commonName: string
  readonly key: KeyAlgorithm
  readonly lifetimeDays: number
  readonly custody: Custody
  /** The one that signs it; undefined: it is a root. */
  readonly issuer: AuthorityId | undefined
  /** Whose certificates it signs; those of nobody where it is above one that does. */
  readonly signs: readonly Signed[]
  /** Domains and CIDR blocks: the only names it may sign for; empty: all. */
  readonly permitted: readonly string[]
  /** How long a CRL is good for; undefined: to the end of its authority. */
  readonly revocationListDays: number | undefined
}

export type HostAddress =
  | {
      readonly kind: 'ssh'
      readonly user: string | undefined
      readonly name: string
      readonly port: number | undefined
    }
  | { readonly kind: 'local' }
  | { readonly kind: 'sandbox' }

export interface Broker {
  readonly name: string
  readonly host: HostAddress
  readonly commonName: string
  /** Everything a client may call it: the common name first, then DNS names, IPv4 and IPv6. */
  readonly names: readonly string[]
  readonly lifetimeDays: number
  readonly key: KeyAlgorithm
}

export type Admission = 'certificate' | 'password' | 'certificate+password'

export interface Listener {
  readonly port: number
  /** `loopback`: 127.0.0.1, and ::1 only where the host has it. `everywhere`: all addresses. Else one address. */
  readonly bind: 'loopback' | 'everywhere' | { readonly address: string }
  readonly protocol: 'mqtt' | 'websockets'
  /** Plaintext off loopback has its own word in a profile, so nobody gets it by leaving something out. */
  readonly tls: boolean
  readonly admit: Admission
  /** CIDR blocks that the firewall lets in; `anywhere`; `nowhere` for loopback. */
  readonly sources: 'anywhere' | 'nowhere' | readonly string[]
}

export interface User {
  readonly name: string
  readonly role: string
  readonly password: SecretSource
}

export interface Device {
  readonly name: string
  readonly role: string
  readonly lifetimeDays: number
  readonly key: KeyAlgorithm
  /** Encrypts the private key in the device's folder; undefined: the key is in clear, mode 0600. */
  readonly passphrase: SecretSource | undefined
  /** In which it is handed to its owner; PEM is always one of them. */
  readonly formats: readonly Format[]
  readonly platform: Platform | undefined
  /** From the vault's inventory, not from the profile. */
  readonly isListed?: true
  /** Number of the batch that has its password, and the hash for brokers; undefined: it has none. */
  readonly passwordBatch?: number
}

export interface Role {
  readonly name: string
  /** Topic filters; `%u` stands for the client's own name and is a whole level. */
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** Undefined: bednet leaves Mosquitto's own default. */
export interface Limits {
  readonly maxConnections: number | undefined
  readonly maxPacketBytes: number | undefined
  readonly maxQueuedMessages: number | undefined
  readonly maxInflightMessages: number | undefined
  readonly maxKeepaliveSeconds: number | undefined
  readonly messageBytes: number | undefined
  /** Days after which the session of an absent client is forgotten. */
  readonly sessionExpiryDays: number | undefined
}
