import { everywhere, ownOptions, spellings, type OptionRow } from '../options.js'
import { takesFile, valueKind } from './value-kind.js'
import type { VerbRow } from '../verb.js'

/** For zsh after `compinit`, sourced or as a file `_bednet` in $fpath. */
export function zshCompletion(verbs: readonly VerbRow[]): string {
  const described = verbs.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  return `#compdef bednet
# bednet completion for zsh: source <(bednet completion zsh)
_bednet() {
  local context state state_descr line
  typeset -A opt_args
  local -a verbs=(
${described.join('\n')}
  )
  local -a everywhere=(
${everywhere.flatMap(specs).join('\n')}
  )
  _arguments -C -S $everywhere '1: :->verb' '*:: :->words'
  case $state in
    verb) _describe verb verbs ;;
    words)
      case $line[1] in
${verbs.map(branch).join('\n')}
      esac
      ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _bednet "$@"
else
  compdef _bednet bednet
fi`
}

function branch(row: VerbRow): string {
  const own = ownOptions(row).flatMap(specs)
  const words = row.choices
    ? `'1: :(${row.choices.join(' ')})'`
    : takesFile(row)
      ? `'1: :_files'`
      : ''
  const all = ['$everywhere', ...own.map(spec => spec.trim()), words].filter(word => word !== '')
  return `        ${row.name}) _arguments -S ${all.join(' ')} ;;`
}

/** One word for each spelling; `*` because some may be given again. */
function specs(option: OptionRow): readonly string[] {
  const action = { none: '', file: ':file:_files', folder: ':folder:_files -/', word: ':value: ' }
  const after = action[valueKind(option)]
  return spellings(option).map(flag => `    ${quoted(`*${flag}[${option.summary}]${after}`)}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
