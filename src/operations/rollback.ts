import { servedLoadedBy } from '../broker/desired.js'
import { BednetError } from '../error.js'
import { cancelled } from './cancelled.js'
import {
  differingFiles,
  historyQuestion,
  neverRolledBack,
  parseHistory,
  rollbackAction,
  type KeptGeneration,
} from '../plan/history.js'
import type { ServiceAction } from '../plan/resource.js'
import type { VaultReader } from '../vault/vault.js'
import { passwordsName, unsealed } from './holdings.js'
import { refuseStrangers } from './down.js'
import { withLooks, type Look, type LookInput, type Seen } from './look.js'
import { versionOf } from './observe.js'
import { proofFiles } from './proof-files.js'
import { clientTrust } from './authorities.js'
import { transact, type Files } from './transaction.js'

interface RollbackInput extends LookInput {
  /** Number of a generation; undefined: the one before the current. */
  readonly to: number | undefined
  /** For another bednet on a host; undefined: as long as the host thinks right. */
  readonly lockWaitSeconds?: number | undefined
  /** Asked once, with what would happen on each host. */
  readonly approve: (lines: readonly string[]) => Promise<boolean>
}

/** From what a host serves to what an earlier generation was, as a generation of its own. */
interface Return {
  readonly seen: Seen
  readonly from: KeptGeneration
  readonly to: KeptGeneration
  readonly number: number
  readonly differing: readonly string[]
  readonly action: ServiceAction
}

type RollbackOutcome =
  | { readonly broker: string; readonly status: 'changed' | 'unchanged'; readonly message: string }
  | { readonly broker: string; readonly status: 'failed'; readonly error: unknown }

/**
 * Has hosts serve again what an earlier generation was, through the transaction of every change. The
 * list of the revoked and the passwords stay those of today, and so does the firewall.
 * @throws BednetError CANCELLED where a person says no
 */
export async function rollback(input: RollbackInput): Promise<readonly RollbackOutcome[]> {
  return await withLooks(input, async ({ looks, vault }) => {
    const ways = await Promise.all(looks.map(each => wayBack(each, input.to)))
    const lines = ways.flatMap(way => ('from' in way ? [describe(way)] : []))
    if (lines.length > 0 && !(await input.approve(lines))) {
      throw cancelled()
    }
    return await Promise.all(ways.map(way => goBack(way, vault, input)))
  })
}

type Way = Return | Extract<RollbackOutcome, { status: 'failed' }>

async function wayBack(found: Look, to: number | undefined): Promise<Way> {
  const broker = found.target.broker.name
  if ('error' in found) return { broker, status: 'failed', error: found.error }
  try {
    refuseStrangers(found.plan)
    refuseLeftOpen(found)
    const { kept } = await found.host.answer({ kept: historyQuestion })
    return chooseReturn(found, parseHistory(kept), to)
  } catch (error) {
    return { broker, status: 'failed', error }
  }
}

function refuseLeftOpen({ observed: { journal }, target }: Seen): void {
  if (journal.state === 'none' || journal.state === 'at work') return
  throw new BednetError('CONFLICT', `the last change is ${journal.state}`, {
    at: `broker "${target.broker.name}"`,
    hint: 'end it with "bednet lock release" or "bednet up", or wait for the host to put it back',
  })
}

function chooseReturn(
  seen: Seen,
  kept: readonly KeptGeneration[],
  number: number | undefined,
): Return {
  const from = kept.find(({ isCurrent }) => isCurrent)
  const to = kept.find(each =>
    number === undefined ? each.number < (from?.number ?? 0) : each.number === number,
  )
  if (from === undefined || to === undefined) {
    const numbers = kept.map(each => String(each.number)).join(', ')
    const wanted = number === undefined ? 'an earlier generation' : `generation ${String(number)}`
    throw new BednetError('NAME_UNKNOWN', `the host does not keep ${wanted}`, {
      at: `broker "${seen.target.broker.name}"`,
      hint: numbers === '' ? 'it has none of bednet: run "bednet up"' : `it keeps ${numbers}`,
    })
  }
  const differing = differingFiles(from, to).filter(name => !neverRolledBack.includes(name))
  const { fleet } = seen.target
  const version = versionOf(seen.observed)
  const certificatesNeedRestart = servedLoadedBy({ fleet, version }) === 'restart'
  const action = rollbackAction(differing, { certificatesNeedRestart })
  const newest = Math.max(...kept.map(each => each.number))
  return { seen, from, to, number: newest + 1, differing, action }
}

function describe({ seen, from, to, differing, action }: Return): string {
  const what = differing.length === 0 ? 'nothing differs' : `${differing.join(', ')} (${action})`
  return `broker ${seen.target.broker.name}: from generation ${String(from.number)} to what ${String(to.number)} was: ${what}`
}

async function goBack(
  way: Way,
  vault: VaultReader,
  { world, lockWaitSeconds }: RollbackInput,
): Promise<RollbackOutcome> {
  if ('status' in way) return way
  const { seen, to, number, action } = way
  const broker = seen.target.broker.name
  if (action === 'nothing') {
    const message = `serves what generation ${String(to.number)} was`
    return { broker, status: 'unchanged', message }
  }
  try {
    const settings = {
      ...{
        PACKAGES: '',
        ENABLE_FIREWALL: '',
        NEEDS_CONFIRMATION: '',
        ENABLE_SERVICE: '',
        PORTS: '',
      },
      ...{ GENERATION: String(number), BASE: String(to.number), ACTION: action },
      ...{ SERVER_NAME: seen.target.broker.commonName, CERTIFICATE_SHA256: '' },
    }
    const files = await filesFor(seen, vault)
    const end = await transact('up', { ...seen, world, lockWaitSeconds, files, settings })
    return { broker, status: 'changed', message: end.message }
  } catch (error) {
    return { broker, status: 'failed', error }
  }
}

/** Who is let in today; and what proves it, but for a topic that was perhaps no secret then. */
async function filesFor({ target }: Seen, vault: VaultReader): Promise<Files> {
  const proofs = Object.entries(await proofFiles(target.fleet, vault)).filter(
    ([name]) => name !== 'proof/mosquitto_pub',
  )
  const { revocations: list } = await clientTrust(target.fleet, vault)
  return {
    ...Object.fromEntries(proofs),
    ...{ firewall: '', 'firewall.undo': '', manifest: '' },
    ...(list !== undefined && { 'files/crl.pem': list }),
    'files/passwords': await unsealed(passwordsName, { fleet: target.fleet, vault }),
  }
}
