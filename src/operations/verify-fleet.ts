import { withLooks, type LookInput } from './look.js'
import { versionOf } from './observe.js'
import type { Proof } from './verify.js'

/** How the proof of one broker came out, or why it could not be begun. */
type Verification =
  | { readonly broker: string; readonly proofs: readonly Proof[] }
  | { readonly broker: string; readonly error: unknown }

/** Proves the brokers as they run now. Changes nothing, and only canaries connect. */
export async function verifyFleet(input: LookInput): Promise<readonly Verification[]> {
  return await withLooks(input, async ({ looks, vault }) =>
    Promise.all(
      looks.map(async (found): Promise<Verification> => {
        const broker = found.target.broker.name
        if ('error' in found) return { broker, error: found.error }
        try {
          const { prove } = await import('./prove.js')
          const version = versionOf(found.observed)
          const { target, host } = found
          return {
            broker,
            proofs: await prove({ target, host, vault, version, world: input.world }),
          }
        } catch (error) {
          return { broker, error }
        }
      }),
    ),
  )
}
