import type { ForeignLine } from './foreign.js'
import type { Conflict, GenerationFile } from './resource.js'

interface Upgrade {
  readonly from: string | undefined
  readonly to: string | undefined
  /** Whether this plan makes it: else somebody's next "apt upgrade" does. */
  readonly isOurs: boolean
  readonly files: readonly GenerationFile[]
  readonly foreign: readonly ForeignLine[]
}

interface UpgradeDifference {
  readonly conflicts: readonly Conflict[]
  readonly notes: readonly string[]
}

/**
 * What Mosquitto 2.1 would make of a configuration that 2.0 has. The package starts it at once, before
 * anything is tried: so what would end it keeps a plan from upgrading.
 */
export function compareUpgrade({ from, to, isOurs, files, foreign }: Upgrade): UpgradeDifference {
  if (from?.startsWith('2.0.') !== true || to === undefined || to.startsWith('2.0.')) {
    return { conflicts: [], notes: [] }
  }
  const lines = [...linesOf(files, 'broker.conf'), ...foreign]
  const fatal = lines.flatMap((line, index) => {
    const why = whyFatal(line, lines.slice(0, index))
    return why === undefined ? [] : [{ at: `${line.file}:${String(line.line)}`, ...why }]
  })
  const who = isOurs ? 'the plan upgrades' : `"apt upgrade" on the host would upgrade`
  const changes = [
    ...(isOurs ? [] : fatal.map(({ at, message }) => `${at} ends it: ${message}`)),
    ...lines.flatMap(behavesOtherwise),
    ...patternNotes(files),
    ...(lines.some(({ option }) => option === 'max_packet_size') ? [] : [packetNote]),
  ]
  return {
    conflicts: isOurs
      ? fatal.map(({ at, message, hint }) => ({ at, message: `Mosquitto ${to}: ${message}`, hint }))
      : [],
    notes: changes.map(change => `${who} Mosquitto ${from} to ${to}: ${change}`),
  }
}

const packetNote =
  'packets above 2 MB are refused then, for want of "limits: { maxPacket: … }" in the profile'

function linesOf(files: readonly GenerationFile[], name: string): readonly ForeignLine[] {
  const content = files.find(file => file.name === name)?.content
  if (content?.kind !== 'text') return []
  return content.text.split('\n').flatMap((text, index) => {
    const [option = '', ...value] = text.trim().split(/ +/)
    if (option === '' || option.startsWith('#')) return []
    return [{ file: name, line: index + 1, option, value: value.join(' ') }]
  })
}

type Why = Pick<Conflict, 'message' | 'hint'>

function whyFatal(
  { file, option, value }: ForeignLine,
  before: readonly ForeignLine[],
): Why | undefined {
  if (option === 'include_dir' && !file.endsWith('/mosquitto.conf')) {
    return {
      message: `"include_dir" in an included file is an error`,
      hint: 'remove the line: 2.0 has ignored it',
    }
  }
  const isBelowListener = before.some(each => each.file === file && each.option === 'listener')
  if (option === 'cafile' && !isBelowListener) {
    return {
      message: '"cafile" before any "listener" of its file is an error',
      hint: 'put it below the "listener" line that it is for',
    }
  }
  if (numbers.has(option) && !/^-?(?:0|[1-9]\d*)$/.test(value)) {
    return {
      message: `"${option} ${value}" is no number to it`,
      hint: 'write plain digits: 2.0 has read them up to the first other character',
    }
  }
  return undefined
}

const numbers = new Set([
  ...['autosave_interval', 'max_connections', 'max_inflight_bytes', 'max_inflight_messages'],
  ...['max_keepalive', 'max_packet_size', 'max_qos', 'max_queued_bytes', 'max_queued_messages'],
  ...['max_topic_alias', 'memory_limit', 'message_size_limit', 'sys_interval'],
])

function behavesOtherwise({ file, line, option }: ForeignLine): readonly string[] {
  const at = `"${option}" in ${file}:${String(line)}`
  if (deprecated.has(option)) return [`${at} is deprecated then`]
  return withoutEffect.has(option) ? [`${at} is without effect then`] : []
}

const deprecated = new Set(['port', 'bind_address', 'auto_id_prefix', 'per_listener_settings'])
const withoutEffect = new Set(['http_dir', 'websockets_log_level', 'dhparamfile'])

/** 2.1 puts a name only where it is a whole level. */
function patternNotes(files: readonly GenerationFile[]): readonly string[] {
  return linesOf(files, 'acl')
    .filter(({ option }) => option === 'pattern')
    .filter(({ value }) =>
      value.split(/[ /]/).some(level => /%[uc]/.test(level) && level.length > 2),
    )
    .map(({ line, value }) => `"pattern ${value}" in acl:${String(line)} matches nothing then`)
}
