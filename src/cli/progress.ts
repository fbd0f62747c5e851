import type { Event } from '../world.js'

/** How far long work is. */
export interface Pace {
  /** `1200 of 10000, 45/s, 3 min left`. */
  readonly text: string
  readonly isDone: boolean
  readonly elapsedMs: number
}

/** Follows the events of long work; undefined for those without progress. */
export function makePace(): (event: Event, nowMs: number) => Pace | undefined {
  const works = new Map<string, Work>()
  return ({ kind, about = '', progress }, nowMs) => {
    if (!progress) return undefined
    const { done, total } = progress
    // Passed, failed and skipped proofs are one piece of work: the first word of the kind tells it.
    const word = kind.split('-', 1)[0] ?? ''
    // Of several hosts each has its own; a certificate is about one of many devices.
    const name = `${word} ${String(total)} ${word === 'proof' ? about : ''}`
    const before = works.get(name)
    const first = before && before.lastDone < done ? before.first : { done, atMs: nowMs }
    works.set(name, { first, lastDone: done })
    const elapsedMs = nowMs - first.atMs
    const perSecond = ((done - first.done) * msPerSecond) / elapsedMs
    return { text: inWords({ done, total, perSecond }), isDone: done >= total, elapsedMs }
  }
}

interface Work {
  readonly first: { readonly done: number; readonly atMs: number }
  readonly lastDone: number
}

const msPerSecond = 1000
const secondsPerMinute = 60

function inWords(seen: { done: number; total: number; perSecond: number }): string {
  const { done, total, perSecond } = seen
  const share = `${String(done)} of ${String(total)}`
  // Nothing can be said of how fast it goes after the first event, or within one millisecond.
  if (!Number.isFinite(perSecond) || perSecond <= 0) return share
  const paced = `${share}, ${perSecond >= 10 ? perSecond.toFixed() : perSecond.toFixed(1)}/s`
  return done >= total ? paced : `${paced}, ${duration((total - done) / perSecond)} left`
}

function duration(seconds: number): string {
  const rounded = Math.ceil(seconds)
  if (rounded < 2 * secondsPerMinute) return `${String(rounded)} s`
  return `${String(Math.ceil(seconds / secondsPerMinute))} min`
}
