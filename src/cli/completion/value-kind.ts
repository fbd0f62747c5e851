import type { OptionRow } from '../options.js'
import type { VerbRow } from '../verb.js'

/** What a shell can complete behind an option; a switch takes nothing. */
export type ValueKind = 'none' | 'file' | 'folder' | 'word'

export function valueKind({ value }: OptionRow): ValueKind {
  if (value === undefined) return 'none'
  if (value === 'FILE') return 'file'
  return value === 'DIR' ? 'folder' : 'word'
}

/** Whether a file can stand behind the verb itself. */
export function takesFile({ words = '' }: VerbRow): boolean {
  return words.includes('FILE')
}
