import { BednetError } from '../error.js'
import type { Call } from './verb.js'

/**
 * What a person answers, or --yes has answered already.
 * @throws BednetError USAGE where neither is there
 */
export async function approved(question: string, { options, world }: Call): Promise<boolean> {
  if (options.yes) return true
  if (world.confirm !== undefined) return await world.confirm(question)
  throw new BednetError('USAGE', 'nobody is here to be asked', { hint: 'say --yes' })
}
