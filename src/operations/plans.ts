import type { Plan } from '../plan/resource.js'
import type { Due } from './due.js'
import { withLooks, type LookInput } from './look.js'

interface Plans {
  /** What would be issued, revoked or hashed first. */
  readonly due: readonly Due[]
  readonly plans: readonly Plan[]
  /** Hosts that could not be asked. */
  readonly failures: readonly { readonly broker: string; readonly error: unknown }[]
}

/** What `up` would do, as values. Writes nothing, neither on a host nor in the vault. */
export async function makePlans(input: LookInput): Promise<Plans> {
  return await withLooks(input, ({ due, looks }) =>
    Promise.resolve({
      due,
      plans: looks.flatMap(each => ('plan' in each ? [each.plan] : [])),
      failures: looks.flatMap(each =>
        'error' in each ? [{ broker: each.target.broker.name, error: each.error }] : [],
      ),
    }),
  )
}
