import { everywhere, ownOptions, type OptionRow } from '../options.js'
import { takesFile, valueKind } from './value-kind.js'
import type { VerbRow } from '../verb.js'

/** For fish 3 and later. */
export function fishCompletion(verbs: readonly VerbRow[]): string {
  const noVerb = `not __fish_seen_subcommand_from ${verbs.map(({ name }) => name).join(' ')}`
  const names = verbs.map(({ name, summary }) => line(noVerb, `-a ${name} -d ${quoted(summary)}`))
  return [
    '# bednet completion for fish: bednet completion fish | source',
    'complete -c bednet -f',
    ...names,
    ...everywhere.map(option => `complete -c bednet ${spec(option)}`),
    ...verbs.flatMap(linesOf),
  ].join('\n')
}

function linesOf(row: VerbRow): readonly string[] {
  const after = `__fish_seen_subcommand_from ${row.name}`
  return [
    ...ownOptions(row).map(option => line(after, spec(option))),
    ...(row.choices ? [line(after, `-a ${quoted(row.choices.join(' '))}`)] : []),
    ...(takesFile(row) ? [line(after, '-F')] : []),
  ]
}

function line(condition: string, rest: string): string {
  return `complete -c bednet -n ${quoted(condition)} ${rest}`
}

function spec(option: OptionRow): string {
  const folders = " -x -a '(__fish_complete_directories)'"
  const action = { none: '', file: ' -r -F', folder: folders, word: ' -x' }
  const { short, long, summary } = option
  const spelled = short === undefined ? `-l ${long}` : `-s ${short} -l ${long}`
  return `${spelled} -d ${quoted(summary)}${action[valueKind(option)]}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
