import { createHash } from 'node:crypto'
import { parseRecord, type RecordSeen } from './record.js'

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
  readonly record: RecordSeen
}

export interface FileSeen {
  readonly sha256: string
  readonly mode: number
  /** `mosquitto:mosquitto`; `anybody` in a sandbox, where all belongs to whoever runs it. */
  readonly owner: string
  /** Later than the broker has loaded it, whoever did and whatever: it may serve something else. */
  readonly isTouched?: boolean
  /** Of files without a secret, where they are not too large to be sent with every look. */
  readonly text?: string
}

/** What is no secret, for a diff: never the key, never the passwords. */
export const openFiles = ['broker.conf', 'acl', 'identity']
export const largestOpenKib = 32

export const generationQuestion = String.raw`
cd "$ROOT/etc/mosquitto/bednet" || exit 0
for folder in [0-9]*; do [ -d "$folder" ] && echo "generation $folder"; done
[ "$SERVICES" = child ] && owner=anybody || owner=%u:%g
find current ../conf.d/00-bednet.conf loaded current/ -maxdepth 1 \
  -type l -printf 'link %p %l\n' -o -path loaded -printf 'loadedAt %T@\n' -o \
  -type f ! -name '.*' -printf "file %f %m $owner %C@\n"
awk -v limit=${String(largestOpenKib * 1024)} 'BEGIN {
  for (i = 1; i < ARGC; i++) {
    name = ARGV[i]
    sub(/^current\/[.]?/, "", name)
    most = name == "record" ? 1e9 : limit
    text = ""
    bytes = 0
    while (bytes <= most && (getline < ARGV[i]) > 0) {
      text = text name " " $0 "\n"
      bytes += length($0) + 1
    }
    if (bytes <= most) printf "%s", text
  }
}' loaded record current/.record ${openFiles.map(name => `current/${name}`).join(' ')}
cd current && sha256sum -- *
exit 0
`

export function parseGeneration(answer: string): GenerationSeen {
  const lines = answer.split('\n').map(line => line.split(/\s+/))
  const word = (...keys: readonly string[]): string | undefined =>
    lines.find(line => keys.every((key, index) => line[index] === key))?.[keys.length]
  const numbers = lines.filter(([key]) => key === 'generation').map(([, value]) => Number(value))
  return {
    current: wholeNumber(word('link', 'current')),
    newest: Math.max(0, ...numbers.filter(Number.isInteger)),
    loaded: wholeNumber(word('loaded')),
    linked: word('link', '../conf.d/00-bednet.conf') === '../bednet/current/broker.conf',
    site: word('identity', 'site'),
    authority: word('identity', 'authority'),
    files: parseFiles(answer.split('\n'), word('loadedAt')),
    record: parseRecord(lines),
  }
}

/** The text that tells a host whose it is, so that a stranger's vault is refused. */
export function identityText(site: string, authority: string): string {
  return `site ${site}\nauthority ${authority}\n`
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** `file NAME MODE OWNER CHANGED`, `DIGEST  NAME`, and of the open ones `NAME LINE` for each line. */
function parseFiles(lines: readonly string[], loadedAt = ''): GenerationSeen['files'] {
  const digests = new Map<string, string>()
  const texts = new Map<string, string>()
  for (const line of lines) {
    const [, digest = '', digestName = ''] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line) ?? []
    if (digest !== '') digests.set(digestName, digest)
    const name = openFiles.find(each => line.startsWith(`${each} `))
    if (name !== undefined)
      texts.set(name, `${texts.get(name) ?? ''}${line.slice(name.length + 1)}\n`)
  }
  const isLater = (time: string): boolean =>
    loadedAt !== '' && Math.floor(Number(time)) > Math.floor(Number(loadedAt))
  const files = new Map<string, FileSeen>()
  for (const line of lines) {
    const [, name = '', mode = '', owner = '', changed = ''] =
      /^file (\S+) ([0-7]+) (\S+) (\S+)$/.exec(line) ?? []
    const digest = digests.get(name)
    if (digest === undefined) continue
    const text = texts.get(name) ?? (digest === sha256('') ? '' : undefined)
    files.set(name, {
      sha256: digest,
      mode: Number.parseInt(mode, 8),
      owner,
      ...(isLater(changed) ? { isTouched: true } : {}),
      ...(text === undefined ? {} : { text }),
    })
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}
