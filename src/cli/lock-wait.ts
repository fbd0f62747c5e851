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
