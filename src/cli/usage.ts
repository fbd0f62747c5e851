import { BednetError } from '../error.js'
import { suggest } from '../profile/nearest.js'
import { everywhere, ownOptions, verbOptions, type OptionRow } from './options.js'
import type { VerbRow } from './verb.js'

/** An option as it was typed. */
export interface TypedOption {
  /** The long form without dashes; of one that is unknown, what was typed. */
  readonly name: string
  readonly spelled: string
  readonly value: string | undefined
}

/** For a first word that is no verb. */
export function unknownVerb(word: string, verbs: readonly VerbRow[]): BednetError {
  const near = suggest(
    word,
    verbs.map(({ name }) => name),
  )
  return usage(`there is no verb "${word}"`, near ?? seeHelp(undefined))
}

/** Throws at the first option that this verb does not take, or not like this. */
export function refuseOptions(typed: readonly TypedOption[], row: VerbRow | undefined): void {
  // Options may stand in front of the verb, so without one there is nothing they could belong to.
  const taken: readonly OptionRow[] = [
    ...everywhere,
    ...(row ? ownOptions(row) : Object.values(verbOptions)),
  ]
  for (const option of typed) {
    const known = taken.find(({ long }) => long === option.name)
    if (!known) throw unknownOption(option, taken, row)
    if (known.value !== undefined && option.value === undefined)
      throw usage(`${option.spelled} lacks its value, ${known.value}`, seeHelp(row))
    if (known.value === undefined && option.value !== undefined)
      throw usage(`${option.spelled} takes no value, but got "${option.value}"`, seeHelp(row))
  }
}

/** Throws where this verb needs a word, or takes no such number of them. */
export function refuseWords(names: readonly string[], row: VerbRow): void {
  const { words = '', choices } = row
  const isNeeded = words !== '' && !words.startsWith('[')
  if (isNeeded && names.length === 0)
    throw usage(
      `"${row.name}" lacks its word, ${words}`,
      choices ? `one of ${choices.join(', ')}` : seeHelp(row),
    )
  if (words.includes('…')) return
  const excess = names[words === '' ? 0 : 1]
  if (excess !== undefined) throw usage(`"${row.name}" cannot take "${excess}" too`, seeHelp(row))
}

function unknownOption(
  { spelled }: TypedOption,
  taken: readonly OptionRow[],
  row: VerbRow | undefined,
): BednetError {
  const near = suggest(
    spelled,
    taken.map(({ long }) => `--${long}`),
  )
  const what = row ? `"${row.name}" takes no option ${spelled}` : `there is no option ${spelled}`
  return usage(what, near ?? seeHelp(row))
}

function usage(message: string, hint: string): BednetError {
  return new BednetError('USAGE', message, { hint })
}

function seeHelp(row: VerbRow | undefined): string {
  return `see "bednet ${row ? `${row.name} ` : ''}--help"`
}
