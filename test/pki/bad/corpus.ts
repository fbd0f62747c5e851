import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateUse, ObjectionId } from '../../../src/pki/index.js'

/** A certificate of this folder, and what is wrong with it. */
export interface Case {
  readonly file: string
  readonly purpose: CertificateUse['purpose']
  readonly names?: readonly string[]
  /** Who is trusted: the root last. */
  readonly authorities: readonly string[]
  /** All that bednet objects to, in its order. */
  readonly ids: readonly ObjectionId[]
  /**
   * What OpenSSL, at the security level of Debian, says of it; with `-x509_strict` where it says so.
   * Nothing: it takes it.
   */
  readonly openssl?: { readonly says: string; readonly isStrict?: true }
  /** For an authority: the certificate that it signed, which OpenSSL is asked about. */
  readonly below?: string
  /** A revocation list that is shown as well. */
  readonly list?: string
}

export const noon = new Date('2026-06-01T12:00:00Z')

export function read(file: string): string {
  return readFileSync(pathOf(file), 'utf8')
}

export function pathOf(file: string): string {
  return join(import.meta.dirname, `${file}.pem`)
}

type Change = Partial<Omit<Case, 'file' | 'ids'>>

const hub = ['hub.example.org', '192.0.2.10']

function broker(file: string, ids: Case['ids'], change: Change = {}): Case {
  return { file, purpose: 'broker', names: hub, authorities: ['root'], ids, ...change }
}

function client(file: string, ids: Case['ids'], change: Change = {}): Case {
  return { file, purpose: 'client', authorities: ['root'], ids, ...change }
}

/** A root that only imports: it is trusted for the time of the question. */
function root(name: string, ids: Case['ids'], change: Change = {}): Case {
  const below = `below-${name}`
  return { file: `root-${name}`, purpose: 'authority', authorities: [], below, ids, ...change }
}

function openssl(says: string): Change {
  return { openssl: { says } }
}

function strictly(says: string): Change {
  return { openssl: { says, isStrict: true } }
}

export const good: readonly Case[] = [
  broker('broker', []),
  client('client', []),
  { file: 'root', purpose: 'authority', authorities: [], ids: [] },
  { file: 'root', purpose: 'authority', authorities: ['root'], ids: [] },
  { file: 'issuing', purpose: 'authority', authorities: ['root'], ids: [] },
  { file: 'shallow-root', purpose: 'authority', authorities: [], ids: [] },
  { file: 'rsa-root', purpose: 'authority', authorities: [], ids: [] },
]

const deep = { authorities: ['too-deep', 'shallow-root'] }

export const bad: readonly Case[] = [
  broker('expired', ['expired'], openssl('certificate has expired')),
  broker('not-yet-valid', ['not-yet-valid'], openssl('certificate is not yet valid')),
  broker('wrong-purpose', ['wrong-purpose', 'name-missing'], {
    ...openssl('unsuitable certificate purpose'),
  }),
  client('no-handshakes', ['no-handshakes'], openssl('unsuitable certificate purpose')),
  broker('foreign', ['wrong-authority'], openssl('unable to get local issuer certificate')),
  broker('other', ['wrong-authority'], openssl('unable to get local issuer certificate')),
  broker('tampered', ['tampered'], openssl('certificate signature failure')),
  client('clash', ['named-like-authority'], openssl('self-signed certificate')),
  client('clash-with-identifiers', ['named-like-authority']),
  // OpenSSL falls back to the common name; Go and browsers do not.
  broker('names-missing', ['names-missing']),
  broker('broker', ['name-missing'], {
    ...openssl('hostname mismatch'),
    names: ['other.example.org'],
  }),
  client('version-1', ['version-1']),
  broker('version-1', ['names-missing', 'version-1']),
  broker('rsa1024', ['weak-key'], openssl('EE certificate key too weak')),
  broker('curve192', ['weak-key'], openssl('EE certificate key too weak')),
  broker('curve521', ['unusual-key']),
  broker('md5', ['weak-signature'], {
    ...openssl('CA signature digest algorithm too weak'),
    authorities: ['rsa-root'],
  }),
  broker('sha1', ['weak-signature'], openssl('CA signature digest algorithm too weak')),
  broker('no-authority-identifier', ['authority-identifier-missing'], {
    ...strictly('Missing Authority Key Identifier'),
  }),
  client('leaf-is-authority', ['is-authority']),
  broker('unknown-critical', ['unknown-critical'], openssl('unhandled critical extension')),
  client('serial-zero', ['bad-serial']),
  client('serial-negative', ['bad-serial']),
  client('serial-long', ['bad-serial']),
  client('serial-short', ['short-serial']),
  broker('long-lived', ['long-lived']),
  client('past-2038', ['past-2038']),
  { file: 'too-deep', purpose: 'authority', authorities: ['shallow-root'], ids: ['path-too-long'] },
  client('below-too-deep', ['path-too-long'], {
    ...openssl('path length constraint exceeded'),
    ...deep,
  }),
  root('version-1', ['version-1'], strictly('Missing Authority Key Identifier')),
  root('no-identifier', ['key-identifier-missing'], strictly('Missing Authority Key Identifier')),
  root('no-key-usage', ['key-usage-missing'], {
    ...strictly('CA cert does not include key usage extension'),
  }),
  root('constraints-not-critical', ['constraints-not-critical'], {
    ...strictly('Basic Constraints of CA cert not marked critical'),
  }),
  root('no-authority', ['not-an-authority'], openssl('invalid CA certificate')),
  root('may-not-sign', ['may-not-sign'], openssl('invalid CA certificate')),
  root('may-not-revoke', ['may-not-revoke'], {
    ...openssl('key usage does not include CRL signing'),
    list: 'list-may-not-revoke',
  }),
  root('sha1', ['weak-signature']),
]
