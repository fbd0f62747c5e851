import type { ServiceAction } from './resource.js'

/** One generation that a host keeps. */
export interface KeptGeneration {
  readonly number: number
  /** When it was written, by the host's clock. */
  readonly madeAt: Date
  readonly isCurrent: boolean
  /** SHA-256 of each file, by name. */
  readonly files: ReadonlyMap<string, string>
}

/** All generations, with what is in them: nothing of it is shown but names and digests. */
export const historyQuestion = String.raw`
cd "$ROOT/etc/mosquitto/bednet" 2>/dev/null || exit 0
echo "current $(readlink current)"
for folder in [0-9]*; do
  case $folder in *[!0-9]*) continue ;; esac
  echo "generation $folder $(stat -c %Y "$folder/broker.conf" 2>/dev/null)"
  for file in "$folder"/*; do [ -f "$file" ] && echo "file $folder $(sha256sum "$file")"; done
done
exit 0
`

/** Newest first. */
export function parseHistory(answer: string): readonly KeptGeneration[] {
  const lines = answer.split('\n').map(line => line.split(/\s+/))
  const current = lines.find(([word]) => word === 'current')?.[1]
  return lines
    .filter(([word, number]) => word === 'generation' && /^\d+$/.test(number ?? ''))
    .map(([, number = '', seconds]) => ({
      number: Number(number),
      madeAt: new Date(Number(seconds) * 1000),
      isCurrent: number === current,
      files: new Map(
        lines
          .filter(([word, folder]) => word === 'file' && folder === number)
          .map(([, , digest = '', path = '']) => [path.slice(path.indexOf('/') + 1), digest]),
      ),
    }))
    .sort((a, b) => b.number - a.number)
}

/** Names of the files that are not the same in both, or only in one. */
export function differingFiles(one: KeptGeneration, other: KeptGeneration): readonly string[] {
  const names = new Set([...one.files.keys(), ...other.files.keys()])
  return [...names].filter(name => one.files.get(name) !== other.files.get(name)).sort()
}

/** What stays as it is today, whatever generation a host goes back to: nobody gone comes back. */
export const neverRolledBack: readonly string[] = ['crl.pem', 'passwords']

/** What it takes that the broker serves another generation: the least that is certain to do. */
export function rollbackAction(
  differing: readonly string[],
  { certificatesNeedRestart }: { readonly certificatesNeedRestart: boolean },
): ServiceAction {
  if (differing.length === 0) return 'nothing'
  const isRestart = differing.some(
    name =>
      name === 'broker.conf' ||
      (certificatesNeedRestart && ['broker.crt', 'broker.key'].includes(name)),
  )
  return isRestart ? 'restart' : 'reload'
}
