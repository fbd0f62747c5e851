import { keyAlgorithms, type KeyAlgorithm } from '../algorithm.js'
import type { AuthorityId } from '../profile/fleet.js'

/** Whose certificate an entry is about. */
export type CertificateKind = 'authority' | 'broker' | 'device' | 'canary'

/** A certificate that was made. */
export interface Issued {
  readonly act: 'issued'
  readonly kind: CertificateKind
  readonly name: string
  /** Lower-case hex, as everywhere in the ledger. */
  readonly serial: string
  /** ISO 8601, UTC. */
  readonly notBefore: string
  readonly notAfter: string
  /** Fingerprint of the certificate's DER. */
  readonly sha256: string
  readonly because: string
  /** Of one that lies in a batch: in which, and what its file would say. */
  readonly batch?: number
  readonly key?: KeyAlgorithm
  /** Of an authority: which; undefined: the first, `ca`. */
  readonly id?: AuthorityId
  /** Key identifier of the authority that signed it. */
  readonly authority?: string
  /** Of a device that no profile declares; with its key, which is declared nowhere else. */
  readonly role?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Of one that has a password: the batch in which that lies, with its hash. */
  readonly passwords?: number
  /** Of a device that has made its key itself and asked: SHA-256 of its public key (SPKI). */
  readonly request?: string
}

/** A certificate that is no longer to be trusted. */
export interface Revoked {
  readonly act: 'revoked'
  readonly kind: CertificateKind
  readonly name: string
  readonly serial: string
  /** Before its authority came into the vault: no line has issued it. */
  readonly isImported?: true
  /** The reason that the revocation list gives, e.g. `keyCompromise`. */
  readonly reason: string
  readonly because: string
}

/** A revocation list that was made. */
export interface ListedRevocations {
  readonly act: 'crl'
  /** Whose it is; undefined: of the first authority, `ca`. */
  readonly id?: AuthorityId
  /** Counts up over the lists of all authorities. */
  readonly number: number
  readonly nextUpdate: string
  readonly because: string
}

/** What can happen to certificates. */
export type Act = Issued | Revoked | ListedRevocations

/** An act as it stands in the ledger. */
export type LedgerEntry<A extends Act = Act> = A & {
  /** The line it stands on, counted from 1. */
  readonly seq: number
  /** When it was written; ISO 8601, UTC. */
  readonly at: string
  /** SHA-256 of the line before, which chains the lines: none can be changed or dropped unseen. */
  readonly previous: string
}

/** What the entries amount to, for lookups that do not read the whole ledger each time. */
export interface LedgerIndex {
  /** The latest certificate of a name, whether or not it has been revoked since. */
  readonly held: (kind: CertificateKind, name: string) => LedgerEntry<Issued> | undefined
  /** The latest of every name, in the order in which the names were first issued. */
  readonly latest: (kind: CertificateKind) => Iterable<LedgerEntry<Issued>>
  /** What the revocation list must hold, by serial. */
  readonly revokedSerials: ReadonlyMap<string, LedgerEntry<Revoked>>
  /** Names whose latest certificate is revoked; one issued anew since then is not among them. */
  readonly revokedNames: (kind: CertificateKind) => readonly string[]
  readonly latestRevocationList: (id: AuthorityId) => LedgerEntry<ListedRevocations> | undefined
  /** Of the latest list of all; 0 where there is none. */
  readonly revocationListNumber: number
}

/** Reads the entries once. */
export function indexLedger(entries: readonly LedgerEntry[]): LedgerIndex {
  const issued = { authority: latest(), broker: latest(), device: latest(), canary: latest() }
  const revokedSerials = new Map<string, LedgerEntry<Revoked>>()
  const lists = new Map<AuthorityId, LedgerEntry<ListedRevocations>>()
  let revocationListNumber = 0
  for (const entry of entries) {
    if (entry.act === 'issued') issued[entry.kind].set(entry.name, entry)
    else if (entry.act === 'revoked') revokedSerials.set(entry.serial, entry)
    else {
      lists.set(entry.id ?? 'ca', entry)
      revocationListNumber = entry.number
    }
  }
  return {
    held: (kind, name) => issued[kind].get(name),
    latest: kind => issued[kind].values(),
    revokedSerials,
    revokedNames: kind =>
      [...issued[kind].values()]
        .filter(({ serial }) => revokedSerials.has(serial))
        .map(({ name }) => name),
    latestRevocationList: id => lists.get(id),
    revocationListNumber,
  }
}

/** Whether a parsed line has all that its act needs; more is allowed, for later versions. */
export function isLedgerEntry(value: unknown): value is LedgerEntry {
  if (!isRecord(value)) return false
  const act = value['act']
  if (typeof act !== 'string' || !isAct(act)) return false
  const isComplete = fields[act].every(([name, type]) => typeof value[name] === type)
  return isComplete && (act === 'crl' || isKind(value['kind'])) && isOfBatch(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** With the one all others are there; its role may be in the profile. */
function isOfBatch({ batch, authority, key }: Readonly<Record<string, unknown>>): boolean {
  if (batch === undefined) return true
  const isWhole = Number.isSafeInteger(batch) && typeof authority === 'string'
  return isWhole && keyAlgorithms.some(algorithm => algorithm === key)
}

type Field = readonly [name: string, type: 'string' | 'number']

const common: readonly Field[] = [
  ['seq', 'number'],
  ['at', 'string'],
  ['previous', 'string'],
  ['because', 'string'],
]

const fields: Readonly<Record<Act['act'], readonly Field[]>> = {
  issued: [
    ...common,
    ['name', 'string'],
    ['serial', 'string'],
    ['notBefore', 'string'],
    ['notAfter', 'string'],
    ['sha256', 'string'],
  ],
  revoked: [...common, ['name', 'string'], ['serial', 'string'], ['reason', 'string']],
  crl: [...common, ['number', 'number'], ['nextUpdate', 'string']],
}

const kinds: readonly unknown[] = [
  'authority',
  'broker',
  'device',
  'canary',
] satisfies CertificateKind[]

function latest(): Map<string, LedgerEntry<Issued>> {
  return new Map()
}

function isAct(act: string): act is Act['act'] {
  return Object.hasOwn(fields, act)
}

function isKind(kind: unknown): boolean {
  return kinds.includes(kind)
}
