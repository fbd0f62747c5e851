import type { GenerationSeen } from './generation.js'
import type { Change, GenerationFile, ServiceAction } from './resource.js'

export interface ServiceSeen {
  readonly running: boolean
  readonly enabled: boolean
  /** The broker's process since its last start; undefined while it does not run. */
  readonly processId: number | undefined
}

/**
 * `$SERVICES` says who looks after the broker; in a sandbox nobody does at boot, and after one its
 * pid file may hold the number of a stranger.
 */
export const serviceQuestion = String.raw`
case $SERVICES in
systemd) systemctl show mosquitto -p ActiveState -p UnitFileState -p MainPID 2>/dev/null ;;
sysv)
  pid=$(cat /run/mosquitto/mosquitto.pid 2>/dev/null) && kill -0 "$pid" 2>/dev/null &&
    printf 'ActiveState=active\nMainPID=%s\n' "$pid"
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
    enabled: values.get('UnitFileState') === 'enabled',
    processId: processId > 0 ? processId : undefined,
  }
}

interface ServiceDifference {
  readonly changes: readonly Change[]
  readonly action: ServiceAction
  readonly enable: boolean
}

/** What the broker needs so that it serves what is on disk: the least that is certain to do. */
export function compareService(
  files: readonly GenerationFile[],
  changed: ReadonlySet<string>,
  seen: { readonly service: ServiceSeen; readonly generation: GenerationSeen },
): ServiceDifference {
  const [action, because] = decide(files, changed, seen)
  const enable = !seen.service.enabled
  return {
    changes: [
      ...(action === 'nothing'
        ? []
        : [{ resource: `service mosquitto (${action})`, action: 'update' as const, because }]),
      ...(enable
        ? [
            {
              resource: 'service mosquitto (enable)',
              action: 'update' as const,
              because: 'does not start at boot',
            },
          ]
        : []),
    ],
    action,
    enable,
  }
}

function decide(
  files: readonly GenerationFile[],
  changed: ReadonlySet<string>,
  { service, generation }: Parameters<typeof compareService>[2],
): readonly [ServiceAction, string] {
  if (!service.running) return ['restart', 'not running']
  // A stamp that is absent or old: a switch was cut off before the broker had loaded it.
  if (generation.current !== undefined && generation.loaded !== generation.current) {
    return ['restart', 'the running broker has not loaded the current generation']
  }
  if (generation.current !== undefined && !generation.linked) {
    return ['restart', 'what runs was started without the current generation']
  }
  const heaviest = (loadedBy: GenerationFile['loadedBy']): string | undefined =>
    files.find(file => changed.has(file.name) && file.loadedBy === loadedBy)?.name
  const restart = heaviest('restart')
  if (restart !== undefined) return ['restart', `Mosquitto reads ${restart} only when it starts`]
  const reload = heaviest('reload')
  if (reload !== undefined) return ['reload', `${reload} is read again on reload`]
  return ['nothing', '']
}
