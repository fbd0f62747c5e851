import { BednetError } from '../error.js'
import { suggest } from '../profile/nearest.js'
import { endingOptions, globalOptions, verbOptions } from './options.js'
import type { VerbRow } from './verb.js'

interface Refused {
  /** The parser's own name for what is wrong. */
  readonly code: string
  readonly message: string
}

interface Typed {
  readonly words: readonly string[]
  readonly verbs: readonly VerbRow[]
}

/** A refusal of the parser in bednet's words, with what was probably meant. */
export function explainUsage({ code, message }: Refused, { words, verbs }: Typed): BednetError {
  const quoted = /'(.*)'/.exec(message)?.[1] ?? ''
  const row = verbs.find(({ name }) => words.includes(name))
  const seeHelp = `see "bednet ${row ? `${row.name} ` : ''}--help"`
  switch (code) {
    case 'commander.unknownCommand':
      return usage(`there is no verb "${quoted}"`, suggest(quoted, namesOf(verbs)) ?? seeHelp)
    case 'commander.unknownOption': {
      const known = suggest(quoted, longOptionsOf(row))
      return usage(
        `${row ? `"${row.name}"` : 'bednet'} takes no option "${quoted}"`,
        known ?? seeHelp,
      )
    }
    case 'commander.optionMissingArgument':
      return usage(`the option "${quoted.replaceAll(/[<>]/g, '')}" lacks its value`, seeHelp)
    case 'commander.missingArgument':
      return usage(`"${row?.name ?? 'bednet'}" needs ${quoted}`, choicesOf(row) ?? seeHelp)
    case 'commander.excessArguments':
      return usage(`too many words after "${row?.name ?? 'bednet'}"`, seeHelp)
    default:
      return usage(message.replace(/^error: /, ''), seeHelp)
  }
}

function usage(message: string, hint: string): BednetError {
  return new BednetError('USAGE', message, { hint })
}

function namesOf(verbs: readonly VerbRow[]): readonly string[] {
  return verbs.map(({ name }) => name)
}

function longOptionsOf(row: VerbRow | undefined): readonly string[] {
  const own = (row?.options ?? []).map(name => verbOptions[name])
  return [...own, ...Object.values(globalOptions), ...Object.values(endingOptions)].flatMap(
    ({ flags }) => /--[a-z-]+/.exec(flags) ?? [],
  )
}

function choicesOf(row: VerbRow | undefined): string | undefined {
  return row?.choices && `one of ${row.choices.join(', ')}`
}
