import type { GenerationSeen } from './generation.js'
import type { Change, GenerationFile, ServiceAction } from './resource.js'

export interface ServiceSeen {
  readonly running: boolean
  readonly enabled: boolean
  /** It ended by itself, and not because somebody stopped it. */
  readonly hasFailed?: true
  /** The broker's process since its last start; undefined while it does not run. */
  readonly processId: number | undefined
}

/**
 * `$SERVICES` says who looks after the broker; in a sandbox nobody does at boot, and after one its
 * pid file may hold the number of a stranger. With an init script there may be no such file: newer
 * packages have none written, though their script asks for it.
 */
export const serviceQuestion = String.raw`
case $SERVICES in
systemd) systemctl show mosquitto -p ActiveState -p UnitFileState -p MainPID 2>/dev/null ;;
sysv)
  for pid in $(pidof mosquitto); do
    grep -qzxF "/etc/mosquitto/mosquitto.conf" /proc/$pid/cmdline 2>/dev/null &&
      printf 'ActiveState=active\nMainPID=%s\n' "$pid"
  done
  ls /etc/rc2.d/S*mosquitto >/dev/null 2>&1 && echo UnitFileState=enabled ;;
child)
  pid=$(cat "$ROOT/run/mosquitto.pid" 2>/dev/null) &&
    grep -qzxF "$ROOT/etc/mosquitto/mosquitto.conf" "/proc/$pid/cmdline" 2>/dev/null &&
    printf 'ActiveState=active\nMainPID=%s\n' "$pid"
  echo UnitFileState=enabled ;;
esac
exit 0
`

export function parseService(answer: string): ServiceSeen {
  const values = new Map(
    answer.split('\n').map(line => {
      const [key = '', value = ''] = line.split('=')
      return [key, value] as const
    }),
  )
  const processId = Number(values.get('MainPID') ?? 0)
  const state = values.get('ActiveState')
  return {
    running: state === 'active' || state === 'reloading',
    ...(state === 'failed' ? { hasFailed: true as const } : {}),
    enabled: values.get('UnitFileState') === 'enabled',
    processId: processId > 0 ? processId : undefined,
  }
}

interface ServiceDifference {
  readonly changes: readonly Change[]
  readonly action: ServiceAction
  readonly enable: boolean
}

interface Situation {
  readonly service: ServiceSeen
  readonly generation: GenerationSeen
  /** Ports of the current configuration that the running broker does not listen on. */
  readonly silentPorts: readonly number[]
  /** Why the program itself will be another; undefined: it stays. */
  readonly newProgram?: string | undefined
}

/** What the broker needs so that it serves what is on disk: the least that is certain to do. */
export function compareService(
  files: readonly GenerationFile[],
  changed: ReadonlySet<string>,
  seen: Situation,
): ServiceDifference {
  const { action, ...reason } = decide(files, changed, seen)
  const enable = !seen.service.enabled
  const update = 'update' as const
  const because = 'does not start at boot'
  return {
    changes: [
      ...(action === 'nothing'
        ? []
        : [{ resource: `service mosquitto (${action})`, action: update, ...reason }]),
      ...(enable
        ? [
            {
              resource: 'service mosquitto (enable)',
              action: update,
              ...(isSettled(seen.generation)
                ? { because: `disabled on the host: ${because}`, isDrift: true as const }
                : { because }),
            },
          ]
        : []),
    ],
    action,
    enable,
  }
}

type Decision = Pick<Change, 'because' | 'isDrift'> & { readonly action: ServiceAction }

/** In this order: what weighs most is found first. */
function decide(
  files: readonly GenerationFile[],
  changed: ReadonlySet<string>,
  seen: Situation,
): Decision {
  const restart = filesThat(files, changed, 'restart')
  const reload = filesThat(files, changed, 'reload')
  const state = wrongState(seen)
  if (state !== undefined) return { action: 'restart', ...state }
  if (seen.newProgram !== undefined) return { action: 'restart', because: seen.newProgram }
  if (restart[0] !== undefined) {
    return { action: 'restart', because: `Mosquitto reads ${restart[0]} only when it starts` }
  }
  const touched = touchedFile(files, changed, seen.generation)
  if (touched?.loadedBy === 'restart') return { action: 'restart', ...touched.reason }
  const [silent] = seen.silentPorts
  if (changed.size === 0 && silent !== undefined) {
    const because = `the running broker does not listen on port ${String(silent)}`
    return { action: 'restart', because, isDrift: true }
  }
  if (reload[0] !== undefined) {
    return { action: 'reload', because: `${reload[0]} is read again on reload` }
  }
  return touched === undefined
    ? { action: 'nothing', because: '' }
    : { action: 'reload', ...touched.reason }
}

function filesThat(
  files: readonly GenerationFile[],
  changed: ReadonlySet<string>,
  loadedBy: GenerationFile['loadedBy'],
): readonly string[] {
  return files
    .filter(file => changed.has(file.name) && file.loadedBy === loadedBy)
    .map(({ name }) => name)
}

type Reason = Omit<Decision, 'action'>

function wrongState({ service, generation }: Situation): Reason | undefined {
  if (!service.running) {
    if (!isSettled(generation)) return { because: 'not running' }
    const how = service.hasFailed === true ? 'it failed on the host' : 'stopped on the host'
    return { because: how, isDrift: true }
  }
  // A stamp that is absent or old: a switch was cut off before the broker had loaded it.
  if (generation.current !== undefined && generation.loaded !== generation.current) {
    return { because: 'the running broker has not loaded the current generation' }
  }
  if (generation.current !== undefined && !generation.linked) {
    return { because: 'what runs was started without the current generation' }
  }
  return undefined
}

/** The last transaction went to its end here, so that whatever is amiss came after it. */
function isSettled({ current, loaded }: GenerationSeen): boolean {
  return current !== undefined && loaded === current
}

/** Content as it should be, but written after the broker had loaded it: what it serves is not known. */
function touchedFile(
  files: readonly GenerationFile[],
  changed: ReadonlySet<string>,
  { files: seen }: GenerationSeen,
): { readonly loadedBy: GenerationFile['loadedBy']; readonly reason: Reason } | undefined {
  const touched = files.filter(
    ({ name, loadedBy }) =>
      loadedBy !== 'nobody' && !changed.has(name) && seen.get(name)?.isTouched === true,
  )
  const file = touched.find(({ loadedBy }) => loadedBy === 'restart') ?? touched[0]
  if (file === undefined) return undefined
  const because = `${file.name} was written on the host after the broker had loaded it: what it serves is not known`
  return { loadedBy: file.loadedBy, reason: { because, isDrift: true } }
}
