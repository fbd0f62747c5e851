import type { Templates } from '../broker/render.js'
import type { Host } from '../hosts/host.js'
import type { Observed } from '../plan/plan.js'
import type { Plan } from '../plan/resource.js'
import { readVault, type VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { openHost } from './connect.js'
import type { Due, DueInput } from './due.js'
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
  const targets = await targetsOf(project, brokers, 'find')
  const basis = findBasis(vault, { project, world, reuseNames: true })
  const survey = await lookAtAll(basis, async () =>
    inParallel(targets, parallel, async target => look(target, basis, world)),
  )
  try {
    return await use(survey)
  } finally {
    await closeAll(survey.looks)
  }
}

export async function findBasis<Reader extends VaultReader>(
  vault: Reader,
  input: Omit<DueInput, 'vault'>,
): Promise<Basis & { readonly vault: Reader }> {
  const due = await findDue({ ...input, vault })
  return { vault, due, templates: await readTemplates(input.project.fleet.templates) }
}

/**
 * A host takes its time to answer, and what is due is found meanwhile. Where that fails, no answer
 * counts any more, nor is it waited for.
 */
export async function lookAtAll<Found extends Basis>(
  basis: Promise<Found>,
  lookAtThem: () => Promise<readonly Look[]>,
): Promise<Found & { readonly looks: readonly Look[] }> {
  const looking = lookAtThem()
  try {
    return { ...(await basis), looks: await looking }
  } catch (error) {
    void looking.then(closeAll)
    throw error
  }
}

/** One failure is that host's own. */
export async function look(target: Target, basis: Promise<Basis>, world: World): Promise<Look> {
  let host: Host | undefined
  try {
    host = await openHost(target, world)
    const observed = await observe(target, host)
    return { target, host, observed, plan: await planNow({ target, host, observed }, await basis) }
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
