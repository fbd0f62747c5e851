import type { AuthorityId, Signed } from '../profile/fleet.js'
import type { CertificateFacts } from '../pki/certificate.js'
import type { LedgerEntry } from '../vault/ledger.js'
import type { VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import type { Authorities } from './authorities.js'
import type { Project } from './load.js'

/** Something that the vault lacks, or holds in a form that is no longer right. */
export interface Due {
  readonly kind: DueKind
  /** Of the broker, device, canary or user; the authority's common name. */
  readonly name: string
  readonly because: string
  /** Of an authority and of a revocation list: which, or whose. */
  readonly id?: AuthorityId
  /** Only of a revocation. */
  readonly serial?: string
  /** Serial of the certificate in whose place another comes; only where there is one. */
  readonly replaces?: string
}

export type DueKind =
  | 'authority'
  | 'broker'
  | 'canary'
  | 'device'
  | 'files'
  | 'password'
  /** Of a device that has its own key: only its signing request can bring it another certificate. */
  | 'request'
  | 'revocation'
  | 'revocation-list'

/** All that decides what is due; nothing of it is written to. */
export interface DueInput {
  readonly project: Project
  readonly vault: VaultReader
  readonly world: Pick<World, 'now' | 'environment'>
  /** A name that was revoked may be given again. */
  readonly reuseNames: boolean
}

/** What is known of the vault while its certificates are looked at. */
export interface Standing extends DueInput {
  readonly entries: readonly LedgerEntry[]
  /** What signs; undefined where it is not made yet. */
  readonly signers: Readonly<Record<Signed, CertificateFacts | undefined>>
  readonly authorities: Authorities
  /** Serials, in the spelling of `CertificateFacts`. */
  readonly revoked: ReadonlySet<string>
  /** Numbers of those that are in the vault. */
  readonly batches: ReadonlySet<number>
}

/** What bednet itself can make; for the rest it waits. */
export function makeable(due: readonly Due[]): readonly Due[] {
  return due.filter(({ kind }) => kind !== 'request')
}

/** What only the devices can begin, with a new signing request. */
export function awaited(due: readonly Due[]): readonly Due[] {
  return due.filter(({ kind }) => kind === 'request')
}

/** The reason for what was never made. */
export const absent = 'there is none yet'
/** The reason for what the ledger has, and is no more: the new entry says so. */
export const lost = 'its credential is not in the vault'
