import { BednetError } from '../error.js'
import type { AuthorityId } from '../profile/fleet.js'

/** What may be shown: certificates, revocation lists and the note for a device's owner. */
export type PublicEntry =
  | `authority/${AuthorityFiles['certificate' | 'revocations']}`
  | `brokers/${string}/broker.crt`
  | `devices/${string}/${'ca.crt' | 'client.crt' | 'README.md'}`
  | `devices/${string}/${'ca.der' | 'client.der' | 'truststore.p12'}`
  | `canaries/${string}/client.crt`

/** What must never be shown. A password's hash counts: it can be guessed against offline. */
export type SecretEntry =
  | `authority/${AuthorityFiles['key' | 'passphrase']}`
  | `brokers/${string}/broker.key`
  | `devices/${string}/${'client.key' | 'passphrase'}`
  | `devices/${string}/${'client-key.der' | 'client.p12' | 'client-legacy.p12'}`
  | `canaries/${string}/${'client.key' | 'password' | 'hash'}`
  | `users/${string}/${'password' | 'hash'}`

/**
 * One file of a vault, by its path inside `.bednet/SITE/`. It is plain text, so that a plan can
 * name it; the vault looks every entry up with `entryNamed` again before it touches a file.
 */
export type Entry = PublicEntry | SecretEntry

/** The folders of a vault that hold one folder per name. */
export type NamedFolder = Exclude<keyof typeof folders, 'authority'>

// One rule for all of them, certificates too, is a rule that nobody can apply to the wrong file.
export const modes = { folder: 0o700, file: 0o600 } as const

/** Files the vault keeps for itself; they are no entries. */
export const bookkeeping = {
  gitignore: '.gitignore',
  ledger: 'ledger.jsonl',
  head: 'ledger.head',
  lock: 'lock',
  batches: 'batches',
  hosts: 'hosts',
} as const

/** The entry of each kind; a name that could leave its folder is refused. */
export const entryOf = {
  authority: <F extends FileOf<'authority'>>(file: F) => `authority/${file}` as const,
  broker: <F extends FileOf<'brokers'>>(name: string, file: F) =>
    `brokers/${checkedName(name)}/${file}` as const,
  device: <F extends FileOf<'devices'>>(name: string, file: F) =>
    `devices/${checkedName(name)}/${file}` as const,
  canary: <F extends FileOf<'canaries'>>(name: string, file: F) =>
    `canaries/${checkedName(name)}/${file}` as const,
  user: <F extends FileOf<'users'>>(name: string, file: F) =>
    `users/${checkedName(name)}/${file}` as const,
}

/** Not text: what is read of it and written to it is Latin-1, a byte for each character. */
export function isBinary(entry: Entry): boolean {
  return /\.(der|p12)$/.test(entry)
}

/** The entries of one authority. */
export function authorityEntries(id: AuthorityId) {
  const { certificate, key, passphrase, revocations } = authorityFiles(id)
  return {
    certificate: entryOf.authority(certificate),
    key: entryOf.authority(key),
    passphrase: entryOf.authority(passphrase),
    revocations: entryOf.authority(revocations),
  }
}

export const authorityIds: readonly AuthorityId[] = ['ca', 'issuing', 'devices']

/** Where a batch lies in a vault. */
export function batchEntry(number: number): string {
  return `${bookkeeping.batches}/${String(number).padStart(batchDigits, '0')}.tar.gz`
}

/** Where the hashes of a batch's passwords lie: lines of a password file. */
export function hashesEntry(batch: number): string {
  return `${bookkeeping.batches}/${String(batch).padStart(batchDigits, '0')}.passwords`
}

/** The number of a batch by the name of its file; undefined for a file that is none. */
export function batchNumber(file: string): number | undefined {
  const [, digits = ''] = /^(\d+)\.tar\.gz$/.exec(file) ?? []
  return digits.length < batchDigits ? undefined : Number(digits)
}

/** The door for entry names that come from outside, a saved plan for one. */
export function entryNamed(path: string): Entry {
  if (isEntry(path)) return path
  throw new BednetError('USAGE', `a vault has no entry "${path}"`, {
    hint: 'entries look like authority/ca.crt or devices/NAME/client.key',
  })
}

/** Whether a folder found on disk is one of ours. */
export function isName(name: string): boolean {
  return namePattern.test(name)
}

const batchDigits = 6

/** The files of one authority. */
interface AuthorityFiles {
  readonly certificate: `${AuthorityId}.crt`
  readonly key: `${AuthorityId}.key`
  readonly passphrase: 'passphrase' | `${AuthorityId}.passphrase`
  readonly revocations: 'crl.pem' | `${AuthorityId}.crl.pem`
}

/** Those of the root have the names that people look for. */
function authorityFiles(id: AuthorityId): AuthorityFiles {
  const isRoot = id === 'ca'
  return {
    certificate: `${id}.crt`,
    key: `${id}.key`,
    passphrase: isRoot ? 'passphrase' : `${id}.passphrase`,
    revocations: isRoot ? 'crl.pem' : `${id}.crl.pem`,
  }
}

const folders = {
  authority: authorityIds.flatMap(id => {
    const { certificate, key, passphrase, revocations } = authorityFiles(id)
    return [certificate, key, passphrase, revocations]
  }),
  brokers: ['broker.crt', 'broker.key'],
  devices: [
    ...(['ca.crt', 'client.crt', 'client.key', 'passphrase', 'README.md'] as const),
    ...(['ca.der', 'client.der', 'client-key.der'] as const),
    ...(['client.p12', 'client-legacy.p12', 'truststore.p12'] as const),
  ],
  canaries: ['client.crt', 'client.key', 'password', 'hash'],
  users: ['password', 'hash'],
} as const

type FileOf<Folder extends keyof typeof folders> = (typeof folders)[Folder][number]

// The names that DESIGN allows a broker, user or device. The first character keeps out "..", "-rf"
// and hidden files; no slash can follow it.
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/

function checkedName(name: string): string {
  if (isName(name)) return name
  throw new BednetError('USAGE', `${JSON.stringify(name)} cannot be the name of a vault entry`, {
    hint: 'use up to 64 letters, digits and _ . : - and begin with a letter or digit',
  })
}

function isEntry(path: string): path is Entry {
  const [folder = '', ...rest] = path.split('/')
  if (!isFolder(folder)) return false
  const file = rest.pop() ?? ''
  const isNamed =
    folder === 'authority' ? rest.length === 0 : rest.length === 1 && rest.every(isName)
  return isNamed && folders[folder].some(known => known === file)
}

function isFolder(folder: string): folder is keyof typeof folders {
  return Object.hasOwn(folders, folder)
}
