import type { ListeningPort } from './machine.js'
import type { Conflict } from './resource.js'

/** One line of Mosquitto's configuration on the host that is not bednet's. */
export interface ForeignLine {
  readonly file: string
  readonly line: number
  readonly option: string
  readonly value: string
}

/** Of the folders that mosquitto.conf includes, Mosquitto reads hidden files too. */
export const foreignQuestion = String.raw`
cd "$ROOT/etc/mosquitto" || exit 0
lines() { awk '!/^#/ && NF { print FILENAME "\t" FNR "\t" $0 }' "$1"; }
main="$ROOT/etc/mosquitto/mosquitto.conf"
[ -f "$main" ] && lines "$main"
awk -v folder="$ROOT/etc/mosquitto/conf.d" '
  function tell(folder) { sub(/\/*$/, "", folder); if (!seen[folder]++) print folder }
  BEGIN { tell(folder) }
  sub(/^include_dir */, "") { tell($0) }' "$main" |
  while IFS= read -r folder; do
    for file in "$folder"/*.conf "$folder"/.*.conf; do
      [ -f "$file" ] && [ "$file" != "$ROOT/etc/mosquitto/conf.d/00-bednet.conf" ] && lines "$file"
    done
  done
exit 0
`

export function parseForeign(answer: string): readonly ForeignLine[] {
  return answer.split('\n').flatMap(text => {
    const [file, line, ...content] = text.split('\t')
    const [option, ...value] = content.join('\t').trim().split(' ')
    if (file === undefined || line === undefined || option === undefined) return []
    return [{ file, line: Number(line), option, value: value.join(' ').trim() }]
  })
}

/** What a stranger's configuration and bednet's cannot both have. */
export function foreignConflicts(
  foreign: readonly ForeignLine[],
  ports: readonly number[],
  listening: readonly ListeningPort[],
): readonly Conflict[] {
  return [
    ...foreign.flatMap(line => lineConflicts(line, ports)),
    ...strayConflicts(foreign, ports),
    ...unreadConflicts(foreign),
    ...listening
      .filter(({ port, program }) => ports.includes(port) && program !== 'mosquitto')
      .filter(({ program }) => program !== undefined)
      .map(({ address, port, program }) => ({
        at: `${address}:${String(port)}`,
        message: `port ${String(port)} is in use by ${String(program)}`,
        hint: `give the listener another port in the profile, or stop ${String(program)}`,
      })),
  ]
}

/**
 * Without per_listener_settings these hold for every listener: theirs would change ours and ours
 * theirs (an anonymous listener of theirs opens our password listener too).
 */
const globalSecurityOptions = [
  'allow_anonymous',
  'password_file',
  'acl_file',
  'psk_file',
  'per_listener_settings',
  'plugin',
  'auth_plugin',
  'global_plugin',
  'plugin_load',
  'plugin_use',
  'clientid_prefixes',
]

function lineConflicts(line: ForeignLine, ports: readonly number[]): readonly Conflict[] {
  const at = `${line.file}:${String(line.line)}`
  if (globalSecurityOptions.includes(line.option)) {
    return [
      {
        at,
        message: `"${line.option} ${line.value}" would change the security of every listener, bednet's too`,
        hint: 'remove the line, or move what it is for into the profile (users, roles, listeners)',
      },
    ]
  }
  const port = Number(line.value.split(' ')[0])
  if ((line.option === 'listener' || line.option === 'port') && ports.includes(port)) {
    return [
      {
        at,
        message: `"${line.option} ${line.value}" takes port ${String(port)}, which the profile has too`,
        hint: 'remove that listener, or give the one in the profile another port',
      },
    ]
  }
  return []
}

/** Of a listener: in a file without one before them, they open another, for all to reach. */
const listenerOptions = [
  ...['bind_interface', 'protocol', 'http_dir', 'mount_point', 'max_connections', 'max_qos'],
  ...['max_topic_alias', 'use_username_as_clientid', 'cafile', 'capath', 'certfile', 'keyfile'],
  ...['crlfile', 'ciphers', 'ciphers_tls1.3', 'tls_version', 'dhparamfile', 'tls_engine'],
  ...['require_certificate', 'use_identity_as_username', 'use_subject_as_username', 'psk_hint'],
  ...['socket_domain', 'bind_address'],
]

const strayPort = 1883

function strayConflicts(
  foreign: readonly ForeignLine[],
  ports: readonly number[],
): readonly Conflict[] {
  if (!ports.includes(strayPort)) return []
  const files = new Set<string>()
  return foreign.flatMap(({ file, line, option }) => {
    const isFirst = !files.has(file)
    const opens = option === 'listener' || option === 'port'
    if (opens || listenerOptions.includes(option)) files.add(file)
    if (opens || !isFirst || !listenerOptions.includes(option)) return []
    return [
      {
        at: `${file}:${String(line)}`,
        message: `"${option}" stands before any listener of its file and opens port ${String(strayPort)}, which the profile has too`,
        hint: 'put it below the "listener" line that it is for, or remove it',
      },
    ]
  })
}

function unreadConflicts(foreign: readonly ForeignLine[]): readonly Conflict[] {
  const main = foreign.filter(({ file }) => file.endsWith('/mosquitto.conf'))
  const included = main.some(
    ({ option, value }) => option === 'include_dir' && value.replace(/\/$/, '').endsWith('/conf.d'),
  )
  // No main file at all: the package is not installed yet and brings one that includes conf.d.
  if (main.length === 0 || included) return []
  return [
    {
      at: main[0]?.file ?? 'mosquitto.conf',
      message: 'does not include conf.d, so nothing that bednet writes would be read',
      hint: 'add the line "include_dir /etc/mosquitto/conf.d" at its end',
    },
  ]
}
