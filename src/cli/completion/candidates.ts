import { endingOptions, globalOptions, verbOptions, type OptionRow } from '../options.js'
import type { VerbRow } from '../verb.js'

/** An option as a shell completes it. */
export interface Candidate {
  /** Without dashes; undefined where there is only a long form. */
  readonly short: string | undefined
  readonly long: string
  readonly summary: string
  /** What its value is; undefined for a switch. */
  readonly value: 'file' | 'folder' | 'word' | undefined
}

/** Those that every verb takes. */
export const everywhere: readonly Candidate[] = [
  ...Object.values(globalOptions),
  ...Object.values(endingOptions),
].map(candidate)

/** Those that only this verb takes. */
export function ownOptions(row: VerbRow): readonly Candidate[] {
  return (row.options ?? []).map(name => candidate(verbOptions[name]))
}

/** Its words in front of the shell's own list of files: `choices`, or nothing but files. */
export function takesFile({ words = '' }: VerbRow): boolean {
  return words.includes('FILE')
}

function candidate({ flags, summary }: OptionRow): Candidate {
  const [, short, long = '', value] = /^(?:-(\w), )?--([a-z-]+)(?: (\w+))?$/.exec(flags) ?? []
  return { short, long, summary, value: value === undefined ? undefined : kindOf(value) }
}

function kindOf(value: string): Candidate['value'] {
  if (value === 'FILE') return 'file'
  return value === 'DIR' ? 'folder' : 'word'
}
