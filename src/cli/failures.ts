import { errorDocument, errorLines } from './error-text.js'
import { exitCodeOf } from './exit-code.js'
import type { Call, ExitCode } from './verb.js'

/** What went wrong at one broker while others may have gone well. */
export interface Failure {
  readonly broker: string
  readonly error: unknown
}

/** Tells each failure, and how the process ends for them; undefined where there are none. */
export async function showFailures(
  failures: readonly Failure[],
  { options, output }: Call,
): Promise<ExitCode | undefined> {
  for (const { broker, error } of failures) {
    const [first = '', ...rest] = await errorLines(error, options)
    output.lines([
      '',
      output.paint.red(`broker ${broker}: ${first.replace(/^bednet: /, '')}`),
      ...rest,
    ])
  }
  const [first] = failures
  return first && exitCodeOf(first.error)
}

/** A failure as it stands in the document of `--json`. */
export function failureDocument({ broker, error }: Failure): object {
  return { broker, status: 'failed', ...(errorDocument(error) as object) }
}
