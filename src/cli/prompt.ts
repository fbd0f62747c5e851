import { BednetError } from '../error.js'
import { Secret } from '../secret.js'

/** Asks for a secret, which is not shown while it is typed. */
export async function askSecret(question: string): Promise<Secret> {
  const { default: password } = await import('@inquirer/password')
  return new Secret(await answerOf(password({ message: question, mask: false }, desk())))
}

/** Asks yes or no; no where a person only presses Enter. */
export async function askYesOrNo(question: string): Promise<boolean> {
  const { default: confirm } = await import('@inquirer/confirm')
  return await answerOf(confirm({ message: question, default: false }, desk()))
}

/** Never standard output: that may be a pipe or a file. */
function desk() {
  return { input: process.stdin, output: process.stderr }
}

async function answerOf<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (cause) {
    // Control-C at a question arrives as a key, not as a signal.
    throw new BednetError('CANCELLED', 'a question was left unanswered', {
      hint: 'run it again and answer it; where nobody can, see --yes and { env: NAME }',
      cause,
    })
  }
}
