import { BednetError } from '../error.js'

/** How one check came out, and why, in words. */
export interface Verdict {
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly because: string
}

export function passed(because: string): Verdict {
  return { status: 'passed', because }
}

export function failed(because: string): Verdict {
  return { status: 'failed', because }
}

export function skipped(because: string): Verdict {
  return { status: 'skipped', because }
}

/** A tool that is not installed proves nothing either way; anything else unexpected is a failure. */
export function verdictOfError(error: unknown): Verdict {
  if (error instanceof BednetError) {
    const words = error.hint === undefined ? error.message : `${error.message}: ${error.hint}`
    return error.code === 'TOOL_MISSING' ? skipped(words) : failed(words)
  }
  return failed(error instanceof Error ? error.message : String(error))
}
