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
export const names = { dns: 'mqtt.example.org', addresses: ['192.0.2.10', '2001:db8::10'] } as const

/** Everything of one key algorithm, as bednet makes it: the paths of the files, all PEM. */
export interface Site {
  readonly algorithm: KeyAlgorithm
  readonly ours: Side
  /** An authority that has the same names and another key, and what it has signed. */
  readonly foreign: Side
}

interface Side {
  readonly root: string
  readonly broker: string
  /** The broker's certificate, then the root: a chain of two. */
  readonly brokerAndRoot: string
  readonly client: string
  /** A client's that is on the revocation list. */
  readonly lost: string
  /** A client's that says what it did not say when it was signed. */
  readonly tampered: string
  /** Of broker and clients alike. */
  readonly key: string
  readonly list: string
}

/** Makes a site below this folder. */
export async function makeSite(folder: string, algorithm: KeyAlgorithm): Promise<Site> {
  const leafKey = generateKey(algorithm)
  const [ours, foreign] = await Promise.all(
    ['ours', 'foreign'].map(async side =>
      makeSide(join(folder, algorithm, side), algorithm, await leafKey),
    ),
  )
  if (ours === undefined || foreign === undefined) throw new Error('two sides were made')
  return { algorithm, ours, foreign }
}

async function makeSide(folder: string, algorithm: KeyAlgorithm, key: KeyObject): Promise<Side> {
  const authority = await createAuthority({
    commonName: 'Interop CA',
    site: 'interop',
    generation: 1,
    algorithm,
    ...period(authorityDays),
    serial: newSerial(),
  })
  const broker = await leaf(authority, { purpose: 'broker', key })
  const lostSerial = newSerial()
  const client = await leaf(authority, { purpose: 'client', key })
  const contents = {
    root: authority.certificate,
    broker,
    brokerAndRoot: broker + authority.certificate,
    client,
    lost: await leaf(authority, { purpose: 'client', key, serial: lostSerial }),
    tampered: tampered(client),
    key: privateKeyPem(key),
    list: await revocationList(authority, lostSerial),
  }
  mkdirSync(folder, { recursive: true })
  const write = (name: keyof Side) => {
    const path = join(folder, `${name}.pem`)
    writeFileSync(path, contents[name], { mode: 0o600 })
    return path
  }
  return {
    root: write('root'),
    broker: write('broker'),
    brokerAndRoot: write('brokerAndRoot'),
    client: write('client'),
    lost: write('lost'),
    tampered: write('tampered'),
    key: write('key'),
    list: write('list'),
  }
}

interface LeafWanted {
  readonly purpose: 'broker' | 'client'
  readonly key: KeyObject
  readonly serial?: string
}

function leaf(authority: Authority, { purpose, key, serial }: LeafWanted): Promise<string> {
  return issueCertificate(authority, {
    purpose,
    commonName: purpose === 'broker' ? names.dns : 'esp32-001',
    names: purpose === 'broker' ? [names.dns, ...names.addresses] : [],
    publicKey: key,
    ...period(leafDays),
    serial: serial ?? newSerial(),
  })
}

function revocationList(authority: Authority, serial: string): Promise<string> {
  const { notBefore: thisUpdate, notAfter: nextUpdate } = period(authorityDays)
  const revoked = [{ serial, revokedAt: thisUpdate, reason: 'keyCompromise' }] as const
  const wanted = { number: 1, thisUpdate, nextUpdate, revoked }
  return Promise.resolve(signRevocationList(authority, wanted))
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
