import { everywhere, ownOptions, spellings, type OptionRow } from '../options.js'
import { takesFile, valueKind } from './value-kind.js'
import type { VerbRow } from '../verb.js'

/** For fish 3 and later. */
export function fishCompletion(verbs: readonly VerbRow[]): string {
  const noVerb = 'test -z (__bednet_verb)'
  const names = verbs.map(({ name, summary }) => line(noVerb, `-a ${name} -d ${quoted(summary)}`))
  return [
    '# bednet completion for fish: bednet completion fish | source',
    ...verbFinder(verbs),
    'complete -c bednet -f',
    ...names,
    ...everywhere.map(option => `complete -c bednet ${spec(option)}`),
    ...verbs.flatMap(linesOf),
  ].join('\n')
}

/** Fish's own helper takes the file of `-f check` for the verb. */
function verbFinder(verbs: readonly VerbRow[]): readonly string[] {
  const options = [...everywhere, ...verbs.flatMap(ownOptions)]
  const withValue = options.filter(option => valueKind(option) !== 'none').flatMap(spellings)
  return [
    'function __bednet_verb',
    '  set -l skip 0',
    '  for word in (commandline -opc)[2..-1]',
    '    if test $skip = 1',
    '      set skip 0',
    `    else if contains -- $word ${[...new Set(withValue)].join(' ')}`,
    '      set skip 1',
    "    else if not string match -q -- '-*' $word",
    '      echo $word',
    '      return',
    '    end',
    '  end',
    'end',
  ]
}

function linesOf(row: VerbRow): readonly string[] {
  const after = `contains ${row.name} (__bednet_verb)`
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
