import type { VerbRow } from '../verb.js'
import { everywhere, ownOptions, takesFile, type Candidate } from './candidates.js'

/** For bash 4 and later; it needs nothing of the package bash-completion. */
export function bashCompletion(verbs: readonly VerbRow[]): string {
  const options = [...everywhere, ...verbs.flatMap(ownOptions)]
  const withValue = (...kinds: readonly Candidate['value'][]) =>
    [...new Set(options.filter(({ value }) => kinds.includes(value)).flatMap(spelled))].join('|')
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
    -*) words+=' ${everywhere.flatMap(spelled).join(' ')}' ;;
  esac
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o filenames -F _bednet bednet`
}

function branch(row: VerbRow): string {
  const words = [...(row.choices ?? []), ...ownOptions(row).flatMap(spelled)].join(' ')
  const files = takesFile(row) ? `; mapfile -t COMPREPLY < <(compgen -f -- "$cur")` : ''
  return `    ${row.name}) words='${words}'${files} ;;`
}

function spelled({ short, long }: Candidate): readonly string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${long}`]
}
