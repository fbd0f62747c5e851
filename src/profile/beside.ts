import { type Refusal, show } from './refusal.js'
import type { FileContent } from './text.js'

interface Beside {
  /** What it is, for messages: `device list`. */
  readonly what: string
  /** How a profile names one. */
  readonly hint: string
  /** Undefined where there is no such file. */
  readonly readFile: (path: string) => FileContent | undefined
}

/** A file that a profile names, or why it cannot be read. */
export function readBeside(path: string, { what, hint, readFile }: Beside): FileContent | Refusal {
  const refused = (reason: string): Refusal => ({
    message: `${what} ${show(path)} cannot be read: ${reason}`,
    hint,
  })
  try {
    return readFile(path) ?? refused('there is no such file')
  } catch (error) {
    return refused(error instanceof Error ? error.message : 'it cannot be read')
  }
}
