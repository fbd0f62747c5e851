import { hash, type KeyObject } from 'node:crypto'
import { certificateFacts } from '../pki/certificate.js'
import { isKeyOf } from '../pki/match.js'
import { decodePem } from '../pki/pem.js'
import { isSignedBy } from '../pki/signature.js'
import type { Issued, LedgerEntry, LedgerIndex } from '../vault/ledger.js'
import type { Kept } from '../vault/survey.js'
import { lineOf, type Finding } from './audit-finding.js'

/** What certificates are held against. */
export interface Records {
  readonly folder: string
  readonly index: LedgerIndex
  /** By the SHA-256 of their DER. */
  readonly issued: ReadonlyMap<string, LedgerEntry<Issued>>
  /** Of the authorities that are in the vault, by their key identifier. */
  readonly authorityKeys: ReadonlyMap<string, KeyObject>
}

/** A certificate that lies in the vault, as far as it was looked at. */
interface Audited {
  /** Undefined where the ledger does not know it. */
  readonly entry: LedgerEntry<Issued> | undefined
  readonly findings: readonly Finding[]
}

/** Holds a certificate against the ledger, its key, and, where that is asked, its authority. */
export function auditCertificate(
  kept: Kept,
  records: Records,
  { isSignatureAsked }: { readonly isSignatureAsked: boolean },
): Audited {
  const der = decodePem('CERTIFICATE', kept.certificate)
  const entry = der && records.issued.get(hash('sha256', der))
  if (der === undefined || entry === undefined)
    return { entry, findings: [der === undefined ? notWhole(kept) : unknown(kept, records)] }
  const at = lineOf(records.folder, entry)
  const findings = [
    displaced(kept, entry),
    otherKey(kept, der),
    otherAuthority(kept, records),
    isSignatureAsked && badSignature(kept, der, { entry, keys: records.authorityKeys }),
  ].flatMap(finding => (finding === false ? [] : [{ ...finding, at }]))
  return { entry, findings }
}

type Fault = Omit<Finding, 'at'> | false

function notWhole({ path, kind, name }: Kept): Finding {
  const what = `the certificate of ${called(kind, name)} is not whole`
  return { check: 'certificate', at: path, what, hint: another(path) }
}

function unknown({ kind, name, path }: Kept, { folder, index }: Records): Finding {
  const latest = name === undefined ? undefined : index.held(kind, name)
  if (latest !== undefined) {
    const what = `${path} is not the certificate of ${called(kind, name)} that this line has`
    return { check: 'certificate', at: lineOf(folder, latest), what, hint: another(path) }
  }
  const what = `no line of the ledger has this certificate of ${called(kind, name)}: it cannot be revoked`
  const hint = 'restore the ledger from the backup that has it, or remove the certificate'
  return { check: 'certificate', at: path, what, hint }
}

function displaced({ kind, name = '', path }: Kept, entry: Issued): Fault {
  const isHere = entry.kind === kind && (kind === 'authority' || entry.name === name)
  if (isHere) return false
  const what = `the certificate of ${called(entry.kind, entry.name)} lies in ${path}`
  return { check: 'certificate', what, hint: another(path) }
}

function otherKey({ key, path, kind, name }: Kept, der: Buffer): Fault {
  if (key === undefined || isKeyOf(der, key.reveal()) !== false) return false
  const what = `the private key beside ${path} is not that of ${called(kind, name)}`
  return { check: 'key', what, hint: another(path) }
}

/** A device trusts whom its `ca.crt` says. */
function otherAuthority({ authority, path, kind, name }: Kept, { issued }: Records): Fault {
  if (authority === undefined) return false
  const der = decodePem('CERTIFICATE', authority)
  if (der !== undefined && issued.get(hash('sha256', der))?.kind === 'authority') return false
  const what = `the ca.crt of ${called(kind, name)} is of no authority that the ledger has`
  return { check: 'certificate', what, hint: another(path) }
}

function badSignature(
  { path, kind, name, certificate }: Kept,
  der: Buffer,
  { entry, keys }: { readonly entry: Issued; readonly keys: Records['authorityKeys'] },
): Fault {
  // A root that some other program has made need not say that it has signed itself.
  const { authorityKeyId, subjectKeyId, issuer, subject } = certificateFacts(certificate)
  const signer = authorityKeyId ?? (issuer === subject ? (subjectKeyId ?? '') : '')
  const key = keys.get(signer)
  if (keys.size === 0 || (key !== undefined && isSignedBy(der, key))) return false
  const by = entry.authority === undefined ? '' : ` (the ledger names ${entry.authority})`
  const what = `${called(kind, name)} in ${path} is signed by no authority of the vault${by}`
  return { check: 'signature', what, hint: another(path) }
}

/** Of what is wrong on disk: the ledger is what is believed. */
function another(path: string): string {
  return path.includes('/authority/')
    ? 'restore authority/ from a backup of the vault'
    : 'restore it from a backup, or remove it: "bednet up" or "bednet issue" then makes another'
}

function called(kind: string, name: string | undefined): string {
  return name === undefined ? `the ${kind}` : `${kind} "${name}"`
}
