import type { World } from '../world.js'
import { askSecret, askYesOrNo } from './prompt.js'
import type { Reporter } from './report.js'

interface Surroundings {
  readonly environment: World['environment']
  /** Whether a person sits at standard input and standard error. */
  readonly isAttended: () => boolean
}

/** The real one: this machine's clock and randomness, and the person at its terminal, if any. */
export function makeWorld(
  { report, clear }: Reporter,
  { environment, isAttended }: Surroundings,
): World {
  // A CI job that waits for an answer hangs for ever, and some have a terminal.
  const canAsk = (environment['CI'] ?? '') === '' && isAttended()
  const asking = <Answer>(ask: (question: string) => Promise<Answer>) =>
    canAsk
      ? (question: string) => {
          clear()
          return ask(question)
        }
      : undefined
  return {
    now: () => new Date(),
    // Loaded when used: it costs a tenth of the start of Node, and most verbs draw nothing.
    randomBytes: count => process.getBuiltinModule('node:crypto').randomBytes(count),
    environment,
    report,
    ask: asking(askSecret),
    confirm: asking(askYesOrNo),
  }
}
