import { certificateFacts } from '../pki/certificate.js'
import { isRefusal } from '../profile/refusal.js'
import { entryOf } from '../vault/layout.js'
import { indexLedger, type LedgerIndex } from '../vault/ledger.js'
import { withVault, type Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import { openAuthority } from './authority.js'
import { countRows, deviceRows } from './device-rows.js'
import { absent } from './due.js'
import { findDue, findingOn, revokedSerials } from './find-due.js'
import { handOut, type Outlet } from './hand-out.js'
import { issueBatches, type Order } from './issue-batches.js'
import { knownNames, readListed, type Listed, type RowReport } from './listed-device.js'
import type { Project } from './load.js'

interface IssueListInput {
  readonly project: Project
  readonly world: World
  /** Of a CSV or NDJSON file, or `-`. */
  readonly list: string
  /** Where the credentials go besides the vault. */
  readonly outlet: Outlet
  /** A name that was revoked may be given again. */
  readonly reuseNames: boolean
  /** Told of each row as soon as its end is known. */
  readonly report: (row: RowReport) => void
}

type ListCounts = Readonly<Record<RowReport['status'], number>>

/**
 * Issues what the devices of a list lack, as many as there are, and hands all of theirs out. A row
 * that cannot be is reported and the others go on. Killed at any point, the next run does the rest:
 * a credential is in the vault before it is in the ledger, and in the ledger before it is anywhere else.
 * @throws BednetError LIST_UNREADABLE; VAULT_DAMAGED; and what opening the authority may throw
 */
export async function issueList(input: IssueListInput): Promise<ListCounts> {
  const { project, world, list, outlet } = input
  const total = await countRows(list)
  return await withVault(project.vault, { verb: 'issue', world }, async vault => {
    const authority = await prepareAuthority(input, vault)
    const counts = { issued: 0, kept: 0, refused: 0 }
    const report = (row: RowReport) => {
      counts[row.status]++
      input.report(row)
    }
    const names: string[] = []
    const judged = judge(
      {
        ...input,
        report: row => {
          report(row)
        },
        names,
      },
      vault,
    )
    await issueBatches({ ...input, vault, authority, total, report }, judged)
    await handOut({ vault, names, outlet, world })
    return counts
  })
}

async function prepareAuthority({ project, world }: IssueListInput, vault: Vault) {
  const { fleet } = project
  const due = await findDue({ project: bare(project), vault, world, reuseNames: true })
  return await openAuthority(
    { fleet, vault, world },
    due.find(({ kind }) => kind === 'authority'),
  )
}

/** Whether there is an authority has nothing to do with the devices. */
function bare(project: Project): Project {
  return { ...project, fleet: { ...project.fleet, devices: [] } }
}

interface Judging extends IssueListInput {
  /** Filled with those that have a credential, or will have. */
  readonly names: string[]
}

/** The rows whose devices need a certificate; the others are reported. */
async function* judge(input: Judging, vault: Vault): AsyncGenerator<Order> {
  const { project, list, report, names } = input
  const known = knownNames(project.fleet)
  const standing = await standingOf(input, vault)
  const lines = new Map<string, number>()
  for await (const row of deviceRows(list)) {
    const { line } = row
    const listed = readListed(row, known)
    const name = row.cells.get('name') ?? ''
    const before = lines.get(name)
    if (isRefusal(listed)) {
      report({ line, name, status: 'refused', because: listed.message, hint: listed.hint })
    } else if (before !== undefined) {
      const because = `line ${String(before)} has the same name`
      report({ line, name, status: 'refused', because, hint: 'leave one of the two out' })
    } else {
      lines.set(name, line)
      const verdict = await verdictOn(listed, standing, input)
      if (verdict.status !== 'refused') names.push(name)
      if (verdict.status === 'issued') yield { line, ...listed, because: verdict.because ?? absent }
      else report({ line, name, ...verdict })
    }
  }
}

interface Judge {
  readonly index: LedgerIndex
  readonly standing: Parameters<typeof findingOn>[2]
}

async function standingOf({ world }: IssueListInput, vault: Vault): Promise<Judge> {
  const { entries } = await vault.ledger()
  const pem = await vault.read(entryOf.authority('ca.crt'))
  const authority = pem === undefined ? undefined : certificateFacts(pem)
  const revoked = revokedSerials(entries)
  const batches = new Set(await vault.batches())
  return { index: indexLedger(entries), standing: { vault, authority, revoked, batches, world } }
}

async function verdictOn(
  { device }: Listed,
  { index, standing }: Judge,
  { reuseNames }: IssueListInput,
): Promise<Pick<RowReport, 'status' | 'because' | 'hint'>> {
  const entry = index.held('device', device.name)
  if (entry === undefined) return { status: 'issued', because: absent }
  if (index.revokedSerials.has(entry.serial) && !reuseNames) {
    const hint = 'take another name, or say --reuse-names'
    return { status: 'refused', because: 'the name was revoked before', hint }
  }
  const { because } = await findingOn(device, entry, standing)
  return because === false ? { status: 'kept' } : { status: 'issued', because }
}
