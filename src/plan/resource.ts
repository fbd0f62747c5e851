import type { Command } from '../command.js'

/** What a file of a generation holds. A plan can be shown whole: a secret is only named in it. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  /** `name` is the vault's; the bytes are fetched when the plan is carried out. */
  | { readonly kind: 'sealed'; readonly name: string; readonly sha256: string }
  /** Not made yet: `plan` may look at a vault that has issued nothing. */
  | { readonly kind: 'pending'; readonly because: string }

export interface GenerationFile {
  /** Plain file name inside the generation's folder. */
  readonly name: string
  readonly content: Content
  readonly owner: 'root' | 'mosquitto'
  readonly mode: number
  /** What Mosquitto needs before it acts on new content of this file (MOSQUITTO, reload table). */
  readonly loadedBy: 'reload' | 'restart' | 'nobody'
}

export interface FirewallRule {
  readonly port: number
  /** A CIDR block, or `any` for IPv4 and IPv6 alike. */
  readonly from: string
}

/** Everything one host should have. */
export interface Desired {
  readonly site: string
  readonly broker: string
  /** SHA-256 of the authority's certificate; undefined until it is issued. */
  readonly authority: string | undefined
  /** Number of the vault's revocation list; undefined where there is none, or none is needed. */
  readonly revocationList?: number | undefined
  readonly packages: readonly string[]
  /** SHA-256 of the tarball to build Mosquitto from; undefined: it is one of the packages. */
  readonly source?: string | undefined
  /** Where those packages come from that are Mosquitto's; undefined: where the others do. */
  readonly archive?: ArchiveWanted | undefined
  readonly files: readonly GenerationFile[]
  readonly firewall: { readonly enable: boolean; readonly rules: readonly FirewallRule[] }
  readonly ports: readonly number[]
}

/** An archive of packages, as far as the profile knows it. */
export interface ArchiveWanted {
  readonly url: string
  /** Undefined: the host's own codename. */
  readonly suite: string | undefined
  readonly origin: string
  /** In ASCII armour; undefined: fetched by the fingerprint. */
  readonly key: string | undefined
  readonly fingerprint: string | undefined
  readonly isForUbuntu: boolean
}

/** The files by which apt knows an archive. */
export interface ArchiveFiles {
  readonly source: string
  readonly pin: string
  /** Itself, or where the host fetches it. */
  readonly key: { readonly text: string } | { readonly url: string }
}

/** One thing that would be different afterwards, and why. */
export interface Change {
  /** `package mosquitto`, `file acl`, `firewall 8883/tcp from any`, `service mosquitto`. */
  readonly resource: string
  readonly action: 'create' | 'update' | 'delete'
  readonly because: string
  /** Somebody changed the host behind bednet's back; else the profile or the vault has changed. */
  readonly isDrift?: true
  /** Of a file whose content will differ. */
  readonly sha256?: { readonly before: string; readonly after: string }
  /** Lines with `-`, `+` or a space in front; only of a file that holds no secret. */
  readonly diff?: readonly string[]
}

/** A reason not to touch the host at all, with the ways out. */
export interface Conflict {
  /** `file:line` on the host, or the host's name. */
  readonly at: string
  readonly message: string
  readonly hint: string
}

export type ServiceAction = 'nothing' | 'reload' | 'restart'

/** What must happen on one host: a value that can be shown, saved, compared and tested. */
export interface Plan {
  readonly site: string
  readonly broker: string
  readonly changes: readonly Change[]
  /** What is right as it is, counted by kind. */
  readonly same: Readonly<Record<'files' | 'firewallRules' | 'packages', number>>
  readonly conflicts: readonly Conflict[]
  /** What a person should know before saying yes. */
  readonly notes: readonly string[]
  readonly install: readonly string[]
  /** What apt is told of an archive, where that will be another; `remove`: it is forgotten. */
  readonly archive?: ArchiveFiles | 'remove'
  /** SHA-256 of the tarball to build, where that is not done yet; `remove`: what was built goes. */
  readonly build?: string
  /** The next generation, or undefined where the present one is right. */
  readonly generation:
    { readonly number: number; readonly files: readonly GenerationFile[] } | undefined
  readonly firewall: {
    readonly commands: readonly Undoable[]
    readonly enable: boolean
    /** Who gets in afterwards and did not before, and the reverse: `8883/tcp from any`. */
    readonly opens: readonly string[]
    readonly closes: readonly string[]
  }
  readonly service: { readonly action: ServiceAction; readonly enable: boolean }
  /** Who is connected while the plan is made; it says nothing of what will be done. */
  readonly sessions: readonly Sessions[]
  readonly ports: readonly number[]
  /** What the host keeps of this, so that a later look can tell drift from a changed profile. */
  readonly record: string
}

export interface Sessions {
  readonly port: number
  readonly connected: number
  /** Clients that notice, or do not. */
  readonly fate: 'stay' | 'end'
}

/** A command, and the one that takes it back. */
export interface Undoable {
  readonly run: Command
  readonly undo: Command
}
