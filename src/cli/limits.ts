import { BednetError } from '../error.js'
import { readSeconds } from '../profile/quantity.js'
import type { Options } from './verb.js'

/** `--lock-wait` in seconds; undefined where it was not typed. */
export function lockWaitSeconds({ lockWait }: Options): number | undefined {
  if (lockWait === undefined) return undefined
  const seconds = readSeconds(lockWait)
  if (typeof seconds === 'number') return seconds
  throw new BednetError('USAGE', `--lock-wait: ${seconds.message}`, { hint: seconds.hint })
}

/** `--parallel`; undefined where it was not typed. */
export function hostsAtOnce({ parallel }: Options): number | undefined {
  if (parallel === undefined) return undefined
  if (/^[1-9]\d{0,2}$/.test(parallel)) return Number(parallel)
  throw new BednetError('USAGE', `--parallel takes a number of hosts, not "${parallel}"`, {
    hint: 'from 1 to 999; without it, 8 at once',
  })
}
