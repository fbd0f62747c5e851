import { alignColumns } from './columns.js'
import { exitCodes } from './exit-code.js'
import { everywhere, ownOptions, type OptionRow } from './options.js'
import type { VerbRow } from './verb.js'

/** `bednet --help`. */
export function commandHelp(verbs: readonly VerbRow[]): string {
  return page(
    ['Usage: bednet [--profile FILE] VERB [OPTION…]', '', purpose],
    section(
      'Verbs',
      verbs.map(row => [callOf(row), row.summary]),
    ),
    section('Options of every verb', optionRows(everywhere)),
    section('Examples', [...firstExamples(verbs)]),
    section(
      'Exit codes',
      exitCodes.map(([code, meaning]) => [String(code).padStart(3), meaning]),
    ),
    ['"bednet VERB --help" says more, with examples.'],
  )
}

/** `bednet VERB --help`. */
export function verbHelp(row: VerbRow): string {
  return page(
    [`Usage: bednet ${callOf(row)} [OPTION…]`, '', sentence(row.summary)],
    row.choices ? [`${row.words ?? ''} is one of ${row.choices.join(', ')}.`] : [],
    section('Options', optionRows(ownOptions(row))),
    section('Options of every verb', optionRows(everywhere)),
    section('Examples', row.examples),
  )
}

const purpose =
  'Provisions Mosquitto brokers, and a credential for every device, from one YAML profile.'

function callOf({ name, words }: VerbRow): string {
  return words === undefined ? name : `${name} ${words}`
}

/** One for each verb is what a newcomer types, in the order in which they are needed. */
function firstExamples(verbs: readonly VerbRow[]): readonly (readonly [string, string])[] {
  return verbs
    .filter(({ name }) => newcomersVerbs.includes(name))
    .flatMap(({ examples }) => examples.slice(0, 1))
}

const newcomersVerbs = ['init', 'check', 'plan', 'up', 'verify', 'status']

/** Long forms stand under each other, with or without a short one in front. */
function optionRows(options: readonly OptionRow[]): readonly (readonly string[])[] {
  return options.map(({ short, long, value, summary }) => {
    const front = short === undefined ? '    ' : `-${short}, `
    return [`${front}--${long}${value === undefined ? '' : ` ${value}`}`, summary]
  })
}

function sentence(summary: string): string {
  return `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : [`${title}:`, ...alignColumns(rows).map(line => `  ${line}`)]
}

/** Blocks of lines with a blank line in between. */
function page(...blocks: readonly (readonly string[])[]): string {
  const shown = blocks.filter(block => block.length > 0).map(block => block.join('\n'))
  return `${shown.join('\n\n')}\n`
}
