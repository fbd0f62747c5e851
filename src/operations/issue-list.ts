import { isDeepStrictEqual } from 'node:util'
import { accessList } from '../broker/acl.js'
import type { Device, Fleet } from '../profile/fleet.js'
import { isRefusal } from '../profile/refusal.js'
import { indexLedger, type LedgerIndex } from '../vault/ledger.js'
import { withVault, type Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import { readAuthorities } from './authorities.js'
import { countRows, deviceRows } from './device-rows.js'
import { absent } from './due.js'
import { addTo, addToWhole, type Places } from './credentials.js'
import { findingOn, hasOwnKey, revokedSerials, signersOf } from './find-due.js'
import { handOut, type Outlet } from './hand-out.js'
import { isBatched } from './inventory.js'
import { issueBatches, type Order } from './issue-batches.js'
import {
  differsInCase,
  knownNames,
  readListed,
  whyNotInBatch,
  type Listed,
  type RowReport,
} from './listed-device.js'
import type { Project } from './load.js'
import { preparedAuthority } from './prepared-authority.js'

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

/** How many rows ended how. */
interface ListCounts extends Readonly<Record<RowReport['status'], number>> {
  /** The broker's rules change with these devices. */
  readonly mustFollow: boolean
}

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
    const prepared = await preparedAuthority({ fleet: project.fleet, vault, world })
    const counts = { issued: 0, kept: 0, refused: 0 }
    const places: Places = new Map()
    const newcomers = new Map<string, Device>()
    const withPassword = new Set<string>()
    const report = (row: RowReport) => {
      counts[row.status]++
      if (row.status === 'issued') addToWhole(places, row.batch)
      else if (row.status === 'kept') addTo(places, row)
      input.report(row)
    }
    const orders = noting(judge({ ...input, report }, vault), ({ device, hasPassword }) => {
      if (device.isListed) newcomers.set(device.role, device)
      if (hasPassword) withPassword.add(device.name)
    })
    await issueBatches({ ...input, ...prepared, vault, total, report }, orders)
    await handOut({ vault, places, outlet, world })
    return {
      ...counts,
      mustFollow: withPassword.size > 0 || changesRules(project.fleet, newcomers),
    }
  })
}

async function* noting<Item>(items: AsyncIterable<Item>, note: (item: Item) => void) {
  for await (const item of items) {
    note(item)
    yield item
  }
}

/** Where the rights of a role are patterns, one of its devices more changes nothing. */
function changesRules(fleet: Fleet, newcomers: ReadonlyMap<string, Device>): boolean {
  const known = new Set(fleet.devices.map(({ name }) => name))
  const added = [...newcomers.values()].filter(({ name }) => !known.has(name))
  if (added.length === 0) return false
  const before = accessList(fleet)
  const after = accessList({ ...fleet, devices: [...fleet.devices, ...added] })
  return after.patternRole === undefined || after.patternRole !== before.patternRole
}

/** The rows whose devices need a certificate; the others are reported. */
async function* judge(input: IssueListInput, vault: Vault): AsyncGenerator<Order> {
  const { project, list, report } = input
  const known = knownNames(project.fleet)
  const standing = await standingOf(input, vault)
  const seen = new Map<string, Pick<RowReport, 'line' | 'name'>>()
  for await (const row of deviceRows(list)) {
    const { line } = row
    const listed = readListed(row, known)
    const name = row.cells.get('name') ?? ''
    const before = seen.get(name.toLowerCase())
    if (isRefusal(listed)) {
      report({ line, name, status: 'refused', because: listed.message, hint: listed.hint })
    } else if (before !== undefined) {
      report({ line, name, status: 'refused', ...clashOf(name, before) })
    } else {
      seen.set(name.toLowerCase(), { line, name })
      const verdict = await verdictOn(listed, standing, input)
      const refusal = verdict.status === 'issued' ? whyNotInBatch(listed.device) : undefined
      if (refusal !== undefined) {
        report({ line, name, status: 'refused', because: refusal.message, hint: refusal.hint })
      } else if (verdict.status === 'issued')
        yield { line, ...listed, because: verdict.because ?? absent }
      else report({ line, name, ...verdict })
    }
  }
}

function clashOf(name: string, before: Pick<RowReport, 'line' | 'name'>) {
  const line = `line ${String(before.line)}`
  if (before.name === name)
    return { because: `${line} has the same name`, hint: 'leave one of the two out' }
  const { message, hint } = differsInCase(name, `"${before.name}" of ${line}`)
  return { because: message, hint }
}

interface Judge {
  readonly index: LedgerIndex
  readonly standing: Parameters<typeof findingOn>[2]
}

async function standingOf(
  { project: { fleet }, world }: IssueListInput,
  vault: Vault,
): Promise<Judge> {
  const { entries } = await vault.ledger()
  const signers = signersOf(fleet, await readAuthorities(fleet, vault))
  const revoked = revokedSerials(entries)
  const batches = new Set(await vault.batches())
  return { index: indexLedger(entries), standing: { vault, signers, revoked, batches, world } }
}

async function verdictOn(
  { device, labels, hasPassword }: Listed,
  { index, standing }: Judge,
  { reuseNames }: IssueListInput,
): Promise<Omit<RowReport, 'line' | 'name'>> {
  const entry = index.held('device', device.name)
  if (entry === undefined) return { status: 'issued', because: absent }
  if (index.revokedSerials.has(entry.serial) && !reuseNames) {
    const hint = 'take another name, or say --reuse-names'
    return { status: 'refused', because: 'the name was revoked before', hint }
  }
  if (device.isListed && entry.role !== undefined && entry.role !== device.role) {
    const hint = 'leave it as it is, or issue the device under another name'
    return { status: 'refused', because: `it has the role "${entry.role}"`, hint }
  }
  // Else it would not be in the inventory, and be revoked as one that left the profile.
  if (device.isListed && entry.role === undefined)
    return { status: 'issued', because: 'it left the profile, and is of the inventory now' }
  const isWithout = hasPassword && entry.passwords === undefined
  const found = isWithout ? undefined : await findingOn(device, entry, standing)
  const because = found === undefined ? 'it has no password yet' : found.because
  if (because !== false && hasOwnKey(entry, standing)) {
    const hint = `it has its own key: bednet issue --csr FILE`
    return { status: 'refused', because: `it needs a new signing request: ${because}`, hint }
  }
  if (because !== false) return { status: 'issued', because }
  const place = isBatched(entry) ? { batch: entry.batch } : {}
  const isSame = Object.keys(labels).length === 0 || isDeepStrictEqual(labels, entry.labels)
  return {
    status: 'kept',
    ...place,
    ...(isSame ? {} : { because: 'its labels stay until it is issued anew' }),
  }
}
