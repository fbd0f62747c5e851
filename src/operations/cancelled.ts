import { BednetError } from '../error.js'

/** A person was asked, and said no. */
export function cancelled(): BednetError {
  return new BednetError('CANCELLED', 'nothing was changed', {
    hint: 'run it again and say yes, or with --yes',
  })
}
