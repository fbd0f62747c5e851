import { createHash } from 'node:crypto'
import type { Change, Content, GenerationFile } from './resource.js'

/**
 * A generation is a folder with all that the broker reads. `current` is a link to one of them and
 * every path the broker knows goes through it, so one rename changes everything at once.
 */
export function hostPaths(root: string) {
  const mosquitto = `${root}/etc/mosquitto`
  return {
    mosquitto,
    generations: `${mosquitto}/bednet`,
    current: `${mosquitto}/bednet/current`,
    configuration: `${mosquitto}/conf.d/00-bednet.conf`,
  }
}

export interface GenerationSeen {
  /** The number `current` points to. */
  readonly current: number | undefined
  /** The newest folder there is, current or not; 0 where there is none. */
  readonly newest: number
  /** The generation that the running broker has loaded, as the last transaction left it. */
  readonly loaded: number | undefined
  /** True where conf.d leads to `current`. */
  readonly linked: boolean
  readonly site: string | undefined
  readonly authority: string | undefined
  readonly files: ReadonlyMap<string, FileSeen>
}

interface FileSeen {
  readonly sha256: string
  readonly mode: number
  /** `mosquitto:mosquitto`; `anybody` in a sandbox, where all belongs to whoever runs it. */
  readonly owner: string
}

export const generationQuestion = String.raw`
cd "$ROOT/etc/mosquitto/bednet" 2>/dev/null || exit 0
echo "current $(readlink current)"
echo "linked $(readlink "$ROOT/etc/mosquitto/conf.d/00-bednet.conf")"
echo "loaded $(cat loaded 2>/dev/null)"
for folder in [0-9]*; do [ -d "$folder" ] && echo "generation $folder"; done
cd current 2>/dev/null || exit 0
[ "$SERVICES" = child ] && owner=anybody || owner=%U:%G
sed 's/^/identity /' identity 2>/dev/null
for file in *; do
  [ -f "$file" ] || continue
  echo "file $(stat -c "%a $owner" "$file") $(sha256sum "$file")"
done
`

export function parseGeneration(answer: string): GenerationSeen {
  const lines = answer.split('\n').map(line => line.split(/\s+/))
  const word = (...keys: readonly string[]): string | undefined =>
    lines.find(line => keys.every((key, index) => line[index] === key))?.[keys.length]
  const numbers = lines.filter(([key]) => key === 'generation').map(([, value]) => Number(value))
  return {
    current: wholeNumber(word('current')),
    newest: Math.max(0, ...numbers.filter(Number.isInteger)),
    loaded: wholeNumber(word('loaded')),
    linked: word('linked') === '../bednet/current/broker.conf',
    site: word('identity', 'site'),
    authority: word('identity', 'authority'),
    files: new Map(lines.filter(([key]) => key === 'file').flatMap(parseFile)),
  }
}

/** One change per file that differs; none where the present generation is right as it is. */
export function compareGeneration(
  desired: readonly GenerationFile[],
  seen: GenerationSeen,
): readonly Change[] {
  const wanted = new Set(desired.map(file => file.name))
  const gone = [...seen.files.keys()].filter(name => !wanted.has(name))
  return [
    ...desired.flatMap(file => compareFile(file, seen.files.get(file.name))),
    ...gone.map(name => ({
      resource: `file ${name}`,
      action: 'delete' as const,
      because: 'not in the profile',
    })),
    ...(seen.current !== undefined && !seen.linked
      ? [
          {
            resource: 'file conf.d/00-bednet.conf',
            action: 'update' as const,
            because: 'does not lead to the current generation',
          },
        ]
      : []),
  ]
}

/** The text that tells a host whose it is, so that a stranger's vault is refused. */
export function identityText(site: string, authority: string): string {
  return `site ${site}\nauthority ${authority}\n`
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function compareFile(file: GenerationFile, seen: FileSeen | undefined): readonly Change[] {
  const resource = `file ${file.name}`
  if (seen === undefined) return [{ resource, action: 'create', because: absence(file.content) }]
  const because = difference(file, seen)
  return because === undefined ? [] : [{ resource, action: 'update', because }]
}

function absence(content: Content): string {
  return content.kind === 'pending' ? content.because : 'not on the host'
}

function difference(file: GenerationFile, seen: FileSeen): string | undefined {
  const { content } = file
  if (content.kind === 'pending') return content.because
  const digest = content.kind === 'text' ? sha256(content.text) : content.sha256
  if (digest !== seen.sha256) {
    return `changed, sha256 ${seen.sha256.slice(0, 8)}… becomes ${digest.slice(0, 8)}…`
  }
  if (file.mode !== seen.mode) {
    return `mode is ${seen.mode.toString(8)}, not ${file.mode.toString(8)}`
  }
  const owner = `${file.owner}:mosquitto`
  if (seen.owner !== owner && seen.owner !== 'anybody') {
    return `owner is ${seen.owner}, not ${owner}`
  }
  return undefined
}

function parseFile(line: readonly string[]): readonly (readonly [string, FileSeen])[] {
  const [, mode, owner, digest, name] = line
  if (mode === undefined || owner === undefined || digest === undefined || name === undefined) {
    return []
  }
  return [[name, { mode: Number.parseInt(mode, 8), owner, sha256: digest }]]
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}
