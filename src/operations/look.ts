import type { Templates } from '../broker/render.js'
import type { Host } from '../hosts/host.js'
import type { Observed } from '../plan/plan.js'
import type { Plan } from '../plan/resource.js'
import { readVault, type VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { openHost } from './connect.js'
import type { Due } from './due.js'
import { findDue } from './find-due.js'
import { holdingsOf } from './holdings.js'
import type { Project } from './load.js'
import { defaultParallel, inParallel } from './parallel.js'
import { observe, planFor } from './observe.js'
import { targetsOf, type Target } from './target.js'
import { readTemplates } from './templates.js'

/** What every verb that asks a host is given. */
export interface LookInput {
  readonly project: Project
  readonly world: World
  /** Names of brokers; empty: all of them. */
  readonly brokers: readonly string[]
  /** How many hosts at once; undefined: as many as is sensible. */
  readonly parallel?: number | undefined
}

/** A host that was asked: what was seen there and what would change, or why nothing was. */
export type Look = Seen | { readonly target: Target; readonly error: unknown }

export interface Seen {
  readonly target: Target
  readonly host: Host
  readonly observed: Observed
  readonly plan: Plan
}

/** What plans are made from. */
export interface Basis {
  readonly vault: VaultReader
  readonly templates: Templates
  readonly due: readonly Due[]
}

interface Survey extends Basis {
  readonly looks: readonly Look[]
}

/** Asks all hosts at once, for as long as `use` runs; writes nothing, there or in the vault. */
export async function withLooks<Result>(
  { project, world, brokers, parallel = defaultParallel }: LookInput,
  use: (survey: Survey) => Promise<Result>,
): Promise<Result> {
  const vault = readVault(project.vault)
  const due = await findDue({ project, vault, world, reuseNames: true })
  const basis = { vault, due, templates: await readTemplates(project.fleet.templates) }
  const targets = await targetsOf(project, brokers, 'find')
  const looks = await inParallel(targets, parallel, async target => look(target, basis, world))
  try {
    return await use({ ...basis, looks })
  } finally {
    await closeAll(looks)
  }
}

/** One failure is that host's own. */
export async function look(target: Target, basis: Basis, world: World): Promise<Look> {
  let host: Host | undefined
  try {
    host = await openHost(target, world)
    const observed = await observe(target, host)
    return { target, host, observed, plan: await planNow({ target, host, observed }, basis) }
  } catch (error) {
    await host?.close()
    return { target, error }
  }
}

export async function planNow(
  { target, host, observed }: Omit<Seen, 'plan'>,
  { vault, templates, due }: Basis,
): Promise<Plan> {
  const holdings = await holdingsOf(target.broker, { fleet: target.fleet, vault, due })
  return planFor(target, { holdings, templates, observed, host })
}

export async function closeAll(looks: readonly Look[]): Promise<void> {
  await Promise.all(looks.map(async each => ('host' in each ? each.host.close() : undefined)))
}
