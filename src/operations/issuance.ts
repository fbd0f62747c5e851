import type { KeyObject } from 'node:crypto'
import type { Canary } from '../broker/canary.js'
import type { KeyAlgorithm } from '../algorithm.js'
import { intermediates, type Authority } from '../pki/authority.js'
import { certificateFacts } from '../pki/certificate.js'
import { issueCertificate } from '../pki/issuance.js'
import { generateKey, privateKeyPem } from '../pki/key.js'
import { serialNumber } from '../pki/serial.js'
import type { Broker, Device } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import type { CertificateKind, Issued } from '../vault/ledger.js'
import type { Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import type { Project } from './load.js'

/** What issuing changes, and what it takes. */
export interface IssueInput {
  readonly project: Project
  readonly vault: Vault
  readonly world: World
}

/** A certificate with its private key, made and not yet on record. */
export interface NewCredential {
  readonly kind: CertificateKind
  readonly name: string
  /** In PEM; behind it, what stands between it and its root. */
  readonly certificate: string
  readonly key: Secret
}

/** How far back a certificate begins: a device may have no clock, or one that is behind. */
export const backDatingMs = 24 * 60 * 60 * 1000

/** What makes credentials. */
interface Issuer {
  readonly authority: Authority
  readonly world: Pick<World, 'now' | 'randomBytes'>
}

export async function brokerCredential(issuer: Issuer, broker: Broker): Promise<NewCredential> {
  const { name, commonName, names, key: algorithm, lifetimeDays } = broker
  const period = from(issuer, lifetimeDays)
  const wanted = { purpose: 'broker', commonName, names, algorithm, ...period } as const
  return { kind: 'broker', name, ...(await make(issuer, wanted)) }
}

/** @param passphrase encrypts the private key; undefined: it stays in clear */
export async function deviceCredential(
  issuer: Issuer,
  { name, key: algorithm, lifetimeDays }: Device,
  passphrase: Secret | undefined,
): Promise<NewCredential> {
  const period = from(issuer, lifetimeDays)
  const wanted = { purpose: 'client', commonName: name, names: [], algorithm, ...period } as const
  return { kind: 'device', name, ...(await make(issuer, wanted, passphrase)) }
}

/** For a key that the device has made itself: nothing of what it asked for but that is in it. */
export async function requestedCertificate(
  { authority, world }: Issuer,
  { name: commonName, lifetimeDays }: Device,
  publicKey: KeyObject,
): Promise<string> {
  const leaf = await issueCertificate(authority, {
    ...{ purpose: 'client', commonName, names: [], publicKey },
    ...from({ authority, world }, lifetimeDays),
    serial: serialNumber(world.randomBytes(serialBytes)),
  })
  return `${leaf}${intermediates(authority)}`
}

export async function canaryCredential(
  issuer: Issuer,
  { name, kind }: Pick<Canary, 'name' | 'kind'>,
): Promise<NewCredential> {
  const { notAfter: end } = certificateFacts(issuer.authority.certificate)
  const now = issuer.world.now().getTime()
  const began = new Date(now - backDatingMs)
  const period =
    kind === 'expired'
      ? { notBefore: began, notAfter: new Date(now - backDatingMs / 2) }
      : kind === 'not-yet-valid'
        ? { notBefore: new Date(end.getTime() - backDatingMs / 2), notAfter: end }
        : { notBefore: began, notAfter: end }
  const wanted = { purpose: 'client', commonName: name, names: [], algorithm: 'p256' } as const
  return { kind: 'canary', name, ...(await make(issuer, { ...wanted, ...period })) }
}

/** The line that puts a certificate on record. */
export function issuedAct(
  { kind, name, certificate }: Pick<NewCredential, 'kind' | 'name' | 'certificate'>,
  because: string,
): Issued {
  const facts = certificateFacts(certificate)
  const { serial, notBefore, notAfter, fingerprint, authorityKeyId } = facts
  return {
    act: 'issued',
    kind,
    name,
    serial: serial.toLowerCase(),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    sha256: fingerprint,
    because,
    ...(authorityKeyId !== undefined && kind !== 'authority' && { authority: authorityKeyId }),
  }
}

interface Wanted {
  readonly purpose: 'broker' | 'client'
  readonly commonName: string
  readonly names: readonly string[]
  readonly algorithm: KeyAlgorithm
  readonly notBefore: Date
  readonly notAfter: Date
}

const msPerDay = 24 * 60 * 60 * 1000
const serialBytes = 16

function from({ world }: Issuer, lifetimeDays: number) {
  const now = world.now().getTime()
  return {
    notBefore: new Date(now - backDatingMs),
    notAfter: new Date(now + lifetimeDays * msPerDay),
  }
}

async function make(
  { authority, world }: Issuer,
  { algorithm, ...wanted }: Wanted,
  passphrase?: Secret,
): Promise<Pick<NewCredential, 'certificate' | 'key'>> {
  const key = await generateKey(algorithm)
  const leaf = await issueCertificate(authority, {
    ...wanted,
    publicKey: key,
    serial: serialNumber(world.randomBytes(serialBytes)),
  })
  const certificate = `${leaf}${intermediates(authority)}`
  return { certificate, key: new Secret(privateKeyPem(key, passphrase)) }
}
