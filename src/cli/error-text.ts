import { BednetError } from '../error.js'
import { printable } from './printable.js'

/** An error as a person reads it. */
export async function errorLines(
  error: unknown,
  { verbose }: { readonly verbose: boolean },
): Promise<readonly string[]> {
  if (!(error instanceof BednetError)) return defectLines(error, verbose).map(printable)
  const { message, at, hint, mistakes } = error
  if (mistakes.length > 0) {
    // Whoever found mistakes in a profile has loaded this; everybody else is spared its readers.
    const { describeMistake } = await import('../profile/profile.js')
    return mistakes.map(describeMistake).map(printable)
  }
  return [
    `bednet: ${message}`,
    ...(at === undefined ? [] : [`at: ${at}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].map(printable)
}

/** The same for a script, as `--json` prints it. */
export function errorDocument(error: unknown): unknown {
  if (error instanceof BednetError) {
    const { code, message, at, hint, mistakes } = error
    return { error: { code, message, at, hint, mistakes } }
  }
  return { error: { code: 'DEFECT', message: messageOf(error), hint: defect, mistakes: [] } }
}

const defect = 'this is a defect of bednet: please report it with what --verbose adds'

function defectLines(error: unknown, verbose: boolean): readonly string[] {
  const stack = error instanceof Error ? error.stack : undefined
  return [
    `bednet: ${messageOf(error)}`,
    ...(verbose && stack !== undefined ? stack.split('\n').slice(1) : []),
    `hint: ${defect}`,
  ]
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
