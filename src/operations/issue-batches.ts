import { availableParallelism } from 'node:os'
import { BednetError } from '../error.js'
import { authorityKeyIdOf, type Authority } from '../pki/authority.js'
import { certificateFacts } from '../pki/certificate.js'
import { Secret } from '../secret.js'
import type { Issued } from '../vault/ledger.js'
import type { Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import type { BatchItem, BatchMade } from './batch.js'
import { batchThreads } from './batch-threads.js'
import { backDatingMs } from './issuance.js'
import type { Listed, RowReport } from './listed-device.js'

/** A device that gets a certificate, and why. */
export interface Order extends Listed {
  readonly line: number
  readonly because: string
}

interface BatchInput {
  readonly vault: Vault
  readonly world: World
  readonly authority: Authority
  /** Whom a device believes, in PEM. */
  readonly trusted: string
  /** Rows of the list, about; 0 where that is not known. */
  readonly total: number
  readonly report: (row: RowReport) => void
}

/** A batch costs three fsyncs, and a kill the work on those that are under way. */
const batchSize = 512
/** Below that, a thread is longer in starting than in working. */
const threadsFrom = 2048

/** Makes credentials in threads, and keeps them in the order of the list. */
export async function issueBatches(input: BatchInput, orders: AsyncIterable<Order>): Promise<void> {
  const { authority, trusted, total, world } = input
  const isLong = total === 0 || total >= threadsFrom
  const threads = batchThreads({ authority, trusted }, isLong ? availableParallelism() : 1)
  const keep = await batchKeeper(input)
  const toItems = itemMaker(authority, world)
  const underWay: Batch[] = []
  const keepFirst = async () => {
    const first = underWay.shift()
    if (first !== undefined) await keep(first)
  }
  try {
    for await (const group of grouped(orders, batchSize)) {
      const items = group.map(toItems)
      const made = threads.make(items)
      // Awaited in its turn; until then its failure is nobody's yet.
      made.catch(() => undefined)
      underWay.push({ orders: group, items, made })
      if (underWay.length >= threads.width) await keepFirst()
    }
    while (underWay.length > 0) await keepFirst()
  } finally {
    await threads.end()
  }
}

interface Batch {
  readonly orders: readonly Order[]
  readonly items: readonly BatchItem[]
  readonly made: Promise<BatchMade>
}

async function* grouped<Item>(
  items: AsyncIterable<Item>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  let group: Item[] = []
  for await (const item of items) {
    group.push(item)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/** One moment for all, so that devices of one lifetime share what is encoded once. */
function itemMaker(authority: Authority, world: World): (order: Order) => BatchItem {
  const end = certificateFacts(authority.certificate).notAfter.getTime()
  const now = Math.floor(world.now().getTime() / msPerSecond) * msPerSecond
  return ({ device: { name, key: algorithm, lifetimeDays }, hasPassword }) => {
    const notAfter = Math.min(end, now + lifetimeDays * msPerDay)
    return { name, algorithm, notBefore: now - backDatingMs, notAfter, hasPassword }
  }
}

const msPerSecond = 1000
const msPerDay = 24 * 60 * 60 * msPerSecond

/** In the vault first, then in the ledger, then reported. */
async function batchKeeper({ vault, world, authority, total, report }: BatchInput) {
  const { entries } = await vault.ledger()
  const issued = entries.filter(entry => entry.act === 'issued')
  const serials = new Set(issued.map(({ serial }) => serial))
  let number = issued.reduce((most, { batch = 0 }) => Math.max(most, batch), 0)
  let done = 0
  const signer = authorityKeyIdOf(authority)
  return async ({ orders, items, made }: Batch): Promise<void> => {
    const { archive, hashes, made: certificates } = await made
    number++
    const acts = orders.map((order, index) =>
      actOf(
        order,
        { ...items[index], ...certificates[index] },
        { batch: number, authority: signer },
      ),
    )
    for (const { serial } of acts) refuseRepeated(serials, serial)
    await vault.writeBatch(number, archive)
    if (hashes !== '') await vault.writeHashes(number, new Secret(hashes))
    await vault.append(acts)
    for (const { line, device, because } of orders)
      report({ line, name: device.name, status: 'issued', batch: number, because })
    done += orders.length
    const progress = total === 0 ? {} : { progress: { done, total: Math.max(done, total) } }
    world.report({ kind: 'certificates-issued', message: 'issuing certificates', ...progress })
  }
}

function actOf(
  { device, labels, because, hasPassword }: Order,
  made: Partial<BatchItem & BatchMade['made'][number]>,
  batch: Required<Pick<Issued, 'batch' | 'authority'>>,
): Issued {
  const { serial, fingerprint, notBefore, notAfter } = made
  if (serial === undefined || fingerprint === undefined || notBefore === undefined)
    throw new Error(`a thread has lost the certificate of ${device.name}`)
  return {
    act: 'issued',
    kind: 'device',
    name: device.name,
    serial: serial.toLowerCase(),
    notBefore: iso(notBefore),
    notAfter: iso(notAfter ?? notBefore),
    sha256: fingerprint,
    because,
    ...batch,
    key: device.key,
    ...(device.isListed === true ? { role: device.role } : {}),
    ...(hasPassword ? { passwords: batch.batch } : {}),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  }
}

/** The same few moments a hundred thousand times. */
const moments = new Map<number, string>()

function iso(time: number): string {
  const text = moments.get(time) ?? new Date(time).toISOString()
  moments.set(time, text)
  return text
}

/** Of 126 random bits none comes twice; one that does tells of a machine without randomness. */
function refuseRepeated(serials: Set<string>, serial: string): void {
  if (!serials.has(serial.toLowerCase())) {
    serials.add(serial.toLowerCase())
    return
  }
  throw new BednetError('VAULT_DAMAGED', `serial ${serial} was drawn twice`, {
    hint: 'the random numbers of this machine repeat: run bednet on another one',
  })
}
