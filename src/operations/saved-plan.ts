import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { BednetError } from '../error.js'
import type { Plan } from '../plan/resource.js'
import { writeWhole } from '../vault/atomic.js'
import { makeable, type Due } from './due.js'

/** Of the document; another number is another form of it. */
export const planFormat = 1

/** What `plan --out` saves and `up --plan` carries out; secrets are only named in it. */
export interface SavedPlan {
  readonly due: readonly Due[]
  readonly plans: readonly Plan[]
}

/** As a whole, for its owner only: it tells who is on a site, and what is not yet mended there. */
export async function savePlan(path: string, { due, plans }: SavedPlan): Promise<void> {
  await writeWhole(path, `${JSON.stringify({ format: planFormat, due, plans }, undefined, 2)}\n`)
}

/**
 * Nothing of what is read is carried out: it is compared with a plan that is made anew.
 * @throws BednetError PLAN_OUTDATED for what no `plan --out` has written
 */
export async function readSavedPlan(path: string): Promise<SavedPlan> {
  const hint = 'make it again: bednet plan --out FILE'
  try {
    const document: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isSavedPlan(document)) return document
  } catch (cause) {
    throw new BednetError('PLAN_OUTDATED', 'no plan can be read there', { at: path, hint, cause })
  }
  throw new BednetError('PLAN_OUTDATED', 'this is no plan of this bednet', { at: path, hint })
}

/**
 * Throws where anything would now be done that is not in the saved plan, or no longer what is.
 * @throws BednetError PLAN_OUTDATED, with the first thing that differs
 */
export function refuseOutdated(saved: SavedPlan, now: SavedPlan): void {
  const at =
    firstDifference(deeds(makeable(saved.due)), deeds(makeable(now.due)), 'the vault') ??
    now.plans
      .map(plan => {
        const then = saved.plans.find(({ broker }) => broker === plan.broker)
        return then && firstDifference(doings(then), doings(plan), `broker "${plan.broker}"`)
      })
      .find(difference => difference !== undefined)
  if (at === undefined) return
  throw new BednetError('PLAN_OUTDATED', `the plan is no longer what would be done: ${at.what}`, {
    at: at.where,
    hint: 'the profile, the vault or the host has changed since: make a new plan and read it; nothing was changed now',
  })
}

function isSavedPlan(document: unknown): document is SavedPlan {
  if (typeof document !== 'object' || document === null) return false
  if (!('format' in document) || document.format !== planFormat) return false
  if (!('due' in document) || !('plans' in document)) return false
  const isForSomebody = Array.isArray(document.plans) && document.plans.length > 0
  return isForSomebody && isNamed(document.due, 'name') && isNamed(document.plans, 'broker')
}

function isNamed(list: unknown, key: string): boolean {
  return (
    Array.isArray(list) &&
    list.every((each: unknown) => {
      if (typeof each !== 'object' || each === null) return false
      return typeof Object.entries(each).find(([name]) => name === key)?.[1] === 'string'
    })
  )
}

interface Difference {
  readonly where: string
  readonly what: string
}

type Deeds = ReadonlyMap<string, unknown>

function firstDifference(then: Deeds, now: Deeds, where: string): Difference | undefined {
  const isSame = (key: string) => isDeepStrictEqual(plain(then.get(key)), plain(now.get(key)))
  const changed = [...now.keys()].filter(each => !isSame(each))
  const gone = [...then.keys()].filter(each => !now.has(each) && !isSame(each))
  // The first of a plan say more than what only follows from them.
  const key = [...changed.filter(isChange), ...gone, ...changed][0]
  if (key === undefined) return undefined
  if (!then.has(key)) return { where, what: `${key} is new` }
  return { where, what: now.has(key) ? `${key} is another` : `${key} is no longer to be done` }
}

/** Reasons are left out: "expires in 9 days" is another tomorrow, and the same is done for it. */
function deeds(due: readonly Due[]): Deeds {
  return new Map(
    due.map(({ kind, name, serial, replaces }) => [
      `${kind} ${name}${serial === undefined ? '' : ` ${serial}`}`,
      { replaces },
    ]),
  )
}

/** All that a host would be told to do, and from what; not who is connected meanwhile. */
function doings(plan: Plan): Deeds {
  const { site, conflicts, changes, install, generation, firewall, service, ports, record } = plan
  const files = generation?.files.map(file =>
    file.content.kind === 'pending' ? { ...file, content: 'pending' } : file,
  )
  return new Map<string, unknown>([
    ...changes.map(
      ({ resource, action, sha256 }) => [`"${resource}"`, { action, sha256 }] as const,
    ),
    ['what stands in its way', conflicts],
    ['the content of its files', files],
    ['the number of its generation', generation?.number],
    ['what it does to the firewall', firewall],
    ['the rest of it', [site, install, plan.archive, plan.build, service, ports, record]],
  ])
}

function isChange(key: string): boolean {
  return key.startsWith('"')
}

/** As it is after a way through a file. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
