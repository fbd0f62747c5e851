import { randomBytes, type KeyObject } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyAlgorithm } from '../../src/algorithm.js'
import {
  createAuthority,
  generateKey,
  issueCertificate,
  privateKeyPem,
  serialNumber,
  signRevocationList,
  type Authority,
} from '../../src/pki/index.js'
import { decodePem, encodePem } from '../../src/pki/pem.js'

/** The names of the broker's certificate, one of each kind. */
export const names = {
  dns: 'mqtt.example.org',
  addresses: ['192.0.2.10', '2001:db8::10'],
  /** All that the issuing authority may sign for, and what it may not. */
  permitted: ['example.org', '192.0.2.0/24', '2001:db8::/32'],
  outside: 'mqtt.example.net',
} as const

const all = [names.dns, ...names.addresses]

/** Everything of one key algorithm, as bednet makes it: the paths of the files, all PEM. */
export interface Site {
  readonly algorithm: KeyAlgorithm
  readonly ours: Side
  /** A root that has the same names and another key, and what it has signed. */
  readonly foreign: Side
}

interface Side {
  readonly root: string
  /** What the root signs itself. */
  readonly leaves: Leaves
  /** An authority below the root. */
  readonly issuing: string
  /** What that one signs, each with it behind: the chain that is shown. */
  readonly below: Pick<Leaves, 'broker' | 'client'>
  /** As `below`, by an authority that may sign for some names alone. */
  readonly permitted: PermittedLeaves
  /** Of broker and clients alike. */
  readonly key: string
  readonly list: string
  /** Of the issuing authority. */
  readonly listBelow: string
}

interface PermittedLeaves {
  /** A broker with a DNS name, and one with addresses as well. */
  readonly named: string
  readonly addressed: string
  /** One with a DNS name that is not permitted. */
  readonly outside: string
}

interface Leaves {
  readonly broker: string
  /** The broker's certificate, then the root: a chain of two. */
  readonly brokerAndRoot: string
  readonly client: string
  /** A client's that is on the revocation list. */
  readonly lost: string
  /** A client's that says what it did not say when it was signed. */
  readonly tampered: string
}

/** Makes a site below this folder. */
export async function makeSite(folder: string, algorithm: KeyAlgorithm): Promise<Site> {
  const key = await generateKey(algorithm)
  const make = (side: string) => makeSide({ folder: join(folder, algorithm, side), algorithm, key })
  const [ours, foreign] = await Promise.all([make('ours'), make('foreign')])
  return { algorithm, ours, foreign }
}

interface SideWanted {
  readonly folder: string
  readonly algorithm: KeyAlgorithm
  readonly key: KeyObject
}

async function makeSide({ folder, algorithm, key }: SideWanted): Promise<Side> {
  const both = { site: 'interop', generation: 1, algorithm, ...period(authorityDays) }
  const root = await createAuthority({
    ...{ ...both, commonName: 'Interop CA', pathLength: 1, serial: newSerial() },
  })
  const issue = (commonName: string, permitted: readonly string[]) =>
    createAuthority({ ...both, commonName, permitted, serial: newSerial() }, root)
  const issuing = await issue('Interop issuing CA', [])
  const limited = await issue('Interop limited CA', names.permitted)
  mkdirSync(folder, { recursive: true })
  const write = (name: string, ...contents: readonly string[]) => {
    const path = join(folder, `${name}.pem`)
    writeFileSync(path, contents.join(''), { mode: 0o600 })
    return path
  }
  const lostSerial = newSerial()
  const list = await revocationList(root, lostSerial)
  const sign = (authority: Authority, wanted: Partial<LeafWanted>) =>
    leaf(authority, { purpose: 'client', key, ...wanted })
  const shown = async (name: string, authority: Authority, wanted: Partial<LeafWanted>) =>
    write(name, await sign(authority, wanted), authority.certificate)
  const broker = (each: readonly string[]) => ({ purpose: 'broker', names: each }) as const
  const [hub, client] = [await sign(root, broker(all)), await sign(root, {})]
  return {
    root: write('root', root.certificate),
    leaves: {
      broker: write('broker', hub),
      brokerAndRoot: write('broker-and-root', hub, root.certificate),
      client: write('client', client),
      lost: write('lost', await sign(root, { serial: lostSerial })),
      tampered: write('tampered', tampered(client)),
    },
    issuing: write('issuing', issuing.certificate),
    below: {
      broker: await shown('broker-below', issuing, broker(all)),
      client: await shown('client-below', issuing, {}),
    },
    permitted: {
      named: await shown('named', limited, broker([names.dns])),
      addressed: await shown('addressed', limited, broker(all)),
      outside: await shown('outside', limited, broker([names.outside])),
    },
    key: write('key', privateKeyPem(key)),
    list: write('list', list),
    listBelow: write('list-below', await revocationList(issuing, lostSerial)),
  }
}

interface LeafWanted {
  readonly purpose: 'broker' | 'client'
  readonly key: KeyObject
  readonly serial?: string
  readonly names?: readonly string[]
}

function leaf(authority: Authority, wanted: LeafWanted): Promise<string> {
  const { purpose, key, serial } = wanted
  return issueCertificate(authority, {
    purpose,
    commonName: purpose === 'broker' ? names.dns : 'esp32-001',
    names: wanted.names ?? [],
    publicKey: key,
    ...period(leafDays),
    serial: serial ?? newSerial(),
  })
}

function revocationList(authority: Authority, serial: string): Promise<string> {
  const { notBefore: thisUpdate, notAfter: nextUpdate } = period(authorityDays)
  const revoked = [{ serial, revokedAt: thisUpdate, reason: 'keyCompromise' }] as const
  const wanted = { number: 1, thisUpdate, nextUpdate, revoked }
  return signRevocationList(authority, wanted)
}

/** With one bit of the signature turned, which lies at the end. */
function tampered(certificate: string): string {
  const der = decodePem('CERTIFICATE', certificate) ?? Buffer.of()
  const last = der.length - 1
  der[last] = (der[last] ?? 0) ^ 1
  return encodePem('CERTIFICATE', der)
}

const authorityDays = 3650
const leafDays = 365
const msPerDay = 24 * 60 * 60 * 1000

/** By the clock of this machine, which all the stacks look at. */
function period(days: number) {
  const start = Date.now() - msPerDay
  return { notBefore: new Date(start), notAfter: new Date(start + days * msPerDay) }
}

function newSerial(): string {
  return serialNumber(randomBytes(16))
}
