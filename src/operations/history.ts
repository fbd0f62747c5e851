import { historyQuestion, parseHistory, type KeptGeneration } from '../plan/history.js'
import { withLooks, type LookInput } from './look.js'

type History =
  | { readonly broker: string; readonly generations: readonly KeptGeneration[] }
  | { readonly broker: string; readonly error: unknown }

/** The generations that each host keeps, newest first; changes nothing. */
export async function history(input: LookInput): Promise<readonly History[]> {
  return await withLooks(input, async ({ looks }) =>
    Promise.all(
      looks.map(async (each): Promise<History> => {
        const broker = each.target.broker.name
        if ('error' in each) return { broker, error: each.error }
        try {
          const { answer } = await each.host.answer({ answer: historyQuestion })
          return { broker, generations: parseHistory(answer) }
        } catch (error) {
          return { broker, error }
        }
      }),
    ),
  )
}
