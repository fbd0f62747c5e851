import { everywhere, ownOptions, spellings } from '../options.js'
import { takesFile, valueKind, type ValueKind } from './value-kind.js'
import type { VerbRow } from '../verb.js'

/** For bash 4 and later; it needs nothing of the package bash-completion. */
export function bashCompletion(verbs: readonly VerbRow[]): string {
  const options = [...everywhere, ...verbs.flatMap(ownOptions)]
  const withValue = (...kinds: readonly ValueKind[]) =>
    [...new Set(options.filter(one => kinds.includes(valueKind(one))).flatMap(spellings))].join('|')
  const names = verbs.map(({ name }) => name)
  return `# bednet completion for bash: source <(bednet completion bash)
_bednet() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb='' i words
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${withValue('file', 'folder', 'word')}) ((i++)) ;;
      -*) ;;
      *) verb=\${COMP_WORDS[i]}; break ;;
    esac
  done
  COMPREPLY=()
  case $prev in
    ${withValue('file')}) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    ${withValue('folder')}) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    ${withValue('word')}) return ;;
  esac
  case $verb in
    '') words='${names.join(' ')}' ;;
${verbs.map(branch).join('\n')}
    *) return ;;
  esac
  case $cur in
    -*) words+=' ${everywhere.flatMap(spellings).join(' ')}' ;;
  esac
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o filenames -F _bednet bednet`
}

function branch(row: VerbRow): string {
  const words = [...(row.choices ?? []), ...ownOptions(row).flatMap(spellings)].join(' ')
  const files = takesFile(row) ? `; mapfile -t COMPREPLY < <(compgen -f -- "$cur")` : ''
  return `    ${row.name}) words='${words}'${files} ;;`
}
