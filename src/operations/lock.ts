import type { HostEvent } from '../hosts/host.js'
import type { JournalSeen } from '../plan/journal.js'
import { lockHolder } from '../vault/lock.js'
import type { World } from '../world.js'
import { cancelled } from './cancelled.js'
import { withLooks, type LookInput, type Seen } from './look.js'
import { settle } from './settle.js'
import { transact } from './transaction.js'

export type HostLock =
  ({ readonly broker: string } & JournalSeen) | { readonly broker: string; readonly error: unknown }

/** Who is at work on the vault and on each host, and what was left open there; changes nothing. */
export async function lockStatus(input: LookInput) {
  const vault = await lockHolder(input.project.vault)
  const hosts = await withLooks(input, async ({ looks }) =>
    Promise.resolve(
      looks.map((each): HostLock => {
        const broker = each.target.broker.name
        return 'error' in each
          ? { broker, error: each.error }
          : { broker, ...each.observed.journal }
      }),
    ),
  )
  return { vault, hosts }
}

type Release =
  | { readonly broker: string; readonly status: 'changed' | 'unchanged'; readonly message: string }
  | { readonly broker: string; readonly status: 'failed'; readonly error: unknown }

interface ReleaseInput extends LookInput {
  /** Asked once, with who would be ended where. */
  readonly approve: (lines: readonly string[]) => Promise<boolean>
}

/** Ends whoever holds a host, and what an earlier change has left open there. */
export async function releaseLocks(input: ReleaseInput): Promise<readonly Release[]> {
  return await withLooks(input, async ({ looks }) => {
    const held = looks.flatMap(each => ('error' in each || isFree(each) ? [] : [describe(each)]))
    if (held.length > 0 && !(await input.approve(held))) throw cancelled()
    return await Promise.all(
      looks.map(async (each): Promise<Release> => {
        const broker = each.target.broker.name
        if ('error' in each) return { broker, status: 'failed', error: each.error }
        if (isFree(each)) return { broker, status: 'unchanged', message: 'nobody holds it' }
        try {
          return { broker, status: 'changed', message: (await release(each, input.world)).message }
        } catch (error) {
          return { broker, status: 'failed', error }
        }
      }),
    )
  })
}

function isFree({ observed }: Seen): boolean {
  return observed.journal.state === 'none'
}

function describe({ target, observed: { journal } }: Seen): string {
  const { state, holder } = journal
  return `${target.broker.name}: ${state === 'at work' ? 'ends' : 'settles'} ${holder ?? `a change that is ${state}`}`
}

async function release(seen: Seen, world: World): Promise<HostEvent> {
  const scene = { ...seen, world }
  if (seen.observed.journal.state !== 'at work') return await settle(scene)
  return await transact('release', { ...scene, files: {}, settings: {} })
}
