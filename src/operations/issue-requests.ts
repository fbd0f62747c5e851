import { BednetError } from '../error.js'
import { certificateFacts } from '../pki/certificate.js'
import { readSigningRequest, type SigningRequest } from '../pki/request.js'
import { isRefusal, type Refusal } from '../profile/refusal.js'
import { entryOf } from '../vault/layout.js'
import { withVault, type Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import { allDeviceFiles, entryOfFile } from './device-files.js'
import { presentFiles } from './due-files.js'
import { readAuthorities } from './authorities.js'
import { revokedSerials, signersOf } from './find-due.js'
import type { Outlet } from './hand-out.js'
import { handOutNamed } from './hand-out-named.js'
import { listedFields } from './inventory.js'
import { issuedAct, requestedCertificate } from './issuance.js'
import { judgeRequest, requestJudge, type Admitted } from './judge-request.js'
import type { Project } from './load.js'
import { preparedAuthority } from './prepared-authority.js'
import { renewNotes } from './notes.js'

interface IssueRequestsInput {
  readonly project: Project
  readonly world: World
  readonly requests: readonly RequestSource[]
  /** Where the certificates go besides the vault. */
  readonly outlet: Outlet | undefined
  /** A name that was revoked may be given again. */
  readonly reuseNames: boolean
}

/** A signing request in DER, and where it came from. */
export interface RequestSource {
  readonly at: string
  readonly der: Buffer
}

/** How it went with one request. */
export interface RequestReport {
  readonly at: string
  /** Undefined where no name could be read. */
  readonly name: string | undefined
  readonly status: 'issued' | 'kept' | 'refused'
  /** Why it was issued now, or refused. */
  readonly because?: string
  readonly hint?: string
  /** PEM; undefined where it was refused, as all below. */
  readonly certificate?: string
  readonly serial?: string
  /** ISO 8601, UTC. */
  readonly notAfter?: string
  /** What it asked for besides, none of which is in the certificate. */
  readonly besides?: readonly string[]
}

/**
 * Signs what devices have asked for with keys of their own, which never come here. Nothing of a
 * request but its key and its name is taken: the certificate is the one that bednet would have made.
 * A request that must not be signed is refused and the others go on.
 * @throws BednetError VAULT_DAMAGED, and what opening the authority may throw
 */
export async function issueRequests(input: IssueRequestsInput): Promise<readonly RequestReport[]> {
  const { project, world, requests } = input
  return await withVault(project.vault, { verb: 'issue', world }, async vault => {
    const judged = await judgeAll(input, vault)
    const signed = await signAll(judged, input, vault)
    const reports = await Promise.all(
      judged.map(async (each, index): Promise<RequestReport> => {
        const at = requests[index]?.at ?? ''
        if (!('device' in each)) return { at, status: 'refused', ...each }
        return { at, ...(await reportOf(each, vault, signed.has(each))) }
      }),
    )
    await renewNotes({ project, vault })
    const names = judged.flatMap(each => ('device' in each ? [each.device.name] : []))
    const { outlet } = input
    if (outlet !== undefined) await handOutNamed({ vault, world, names, outlet })
    return reports
  })
}

type Refused = Refusal & { readonly name: string | undefined; readonly because: string }

async function judgeAll(
  { project, world, requests, reuseNames }: IssueRequestsInput,
  vault: Vault,
): Promise<readonly (Admitted | Refused)[]> {
  const { entries } = await vault.ledger()
  const signers = signersOf(project.fleet, await readAuthorities(project.fleet, vault))
  const batches = new Set(await vault.batches())
  const standing = { vault, signers, revoked: revokedSerials(entries), batches, world }
  const judge = requestJudge(project.fleet, entries, { standing, reuseNames })
  const judged: (Admitted | Refused)[] = []
  const taken = new Map<string, string>()
  for (const { der, at } of requests) {
    const request = await readRefusing(der)
    const verdict = isRefusal(request)
      ? request
      : (repeated(request, taken) ?? (await judgeRequest(request, judge)))
    if (isRefusal(verdict)) {
      const name = isRefusal(request) ? undefined : request.commonName
      judged.push({ ...verdict, name, because: verdict.message })
    } else {
      judged.push(verdict)
      for (const each of [verdict.request.commonName, verdict.request.keySha256])
        taken.set(each, at)
    }
  }
  return judged
}

async function readRefusing(der: Buffer): Promise<SigningRequest | Refusal> {
  try {
    return await readSigningRequest(der)
  } catch (error) {
    if (!(error instanceof BednetError)) throw error
    return { message: error.message, hint: error.hint ?? '' }
  }
}

/** One name, one key, one certificate: which of two was meant nobody can tell. */
function repeated(
  { commonName, keySha256 }: SigningRequest,
  taken: ReadonlyMap<string, string>,
): Refusal | undefined {
  const name = taken.get(commonName)
  if (name !== undefined)
    return { message: `${name} has the same name`, hint: 'leave one of the two out' }
  const key = taken.get(keySha256)
  if (key === undefined) return undefined
  return { message: `${key} has the same key`, hint: 'make a key of its own on each device' }
}

/** All on record with one fsync, then on disk. */
async function signAll(
  judged: readonly (Admitted | Refused)[],
  { project, world }: IssueRequestsInput,
  vault: Vault,
): Promise<ReadonlySet<object>> {
  const wanted = judged.filter(each => 'device' in each && each.because !== false) as Admitted[]
  if (wanted.length === 0) return new Set()
  const prepared = await preparedAuthority({ fleet: project.fleet, vault, world })
  const { authority, trusted } = prepared
  const fieldsOf = listedFields(project.fleet, (await vault.ledger()).entries)
  const signed = await Promise.all(
    wanted.map(async ({ device, request, because }) => {
      const { name } = device
      const certificate = await requestedCertificate(
        { authority, world },
        device,
        request.publicKey,
      )
      const why = `a signing request: ${String(because)}`
      const act = issuedAct({ kind: 'device', name, certificate }, why)
      return { name, certificate, act: { ...act, ...fieldsOf(name), request: request.keySha256 } }
    }),
  )
  await vault.append(signed.map(({ act }) => act))
  for (const { name, certificate } of signed) await keep(vault, name, { certificate, trusted })
  return new Set(wanted)
}

async function reportOf(
  { device: { name }, request: { besides }, because }: Admitted,
  vault: Vault,
  isSigned: boolean,
): Promise<Omit<RequestReport, 'at'>> {
  const certificate = (await vault.read(entryOf.device(name, 'client.crt'))) ?? ''
  const { serial, notAfter } = certificateFacts(certificate)
  return {
    name,
    status: isSigned ? 'issued' : 'kept',
    ...(because === false ? {} : { because }),
    certificate,
    serial: serial.toLowerCase(),
    notAfter: notAfter.toISOString(),
    besides,
  }
}

/** The certificate goes first and comes last; a key that was bednet's is of use to nobody now. */
async function keep(
  vault: Vault,
  name: string,
  { certificate, trusted }: { readonly certificate: string; readonly trusted: string },
): Promise<void> {
  const entry = entryOf.device(name, 'client.crt')
  await vault.remove(entry)
  await vault.remove(entryOf.device(name, 'client.key'))
  for (const file of await presentFiles(vault, name, allDeviceFiles))
    await vault.remove(entryOfFile(name, file))
  await vault.write(entryOf.device(name, 'ca.crt'), trusted)
  await vault.write(entry, certificate)
}
