/** A change that is cut off, step by step. */
export interface Scenario {
  readonly name: string
  /** What is typed. */
  readonly words: readonly string[]
  /** On a host with nothing on it; else on one that is up, after `change`. */
  readonly isFirst: boolean
  /** What differs from the last turn besides the broker's certificate. */
  readonly changes: 'certificate' | 'port'
  readonly steps: readonly Step[]
}

export interface Step {
  readonly name: string
  /** True on the host, in its shell, as soon as the step has begun. */
  readonly begun: string
  /** From there to its middle, about. */
  readonly halfMs: number
  /** From here on sessions may end. */
  readonly restarts?: true
  /** Before there is a script of the change, or when it has said its last word. */
  readonly lacksScript?: true
}

/** As the host tells it when it begins. */
function told(name: string, halfMs: number): Step {
  return { name, begun: `grep -qs '"kind":"step","message":"${name}' ${events}`, halfMs }
}

const events = '/run/bednet/*/events'
const journal = '/var/lib/bednet/journal'
const upload: Step = {
  name: 'the upload',
  begun: 'ls -d /run/bednet/*/ >/dev/null 2>&1',
  halfMs: 5,
  lacksScript: true,
}
const installing = told('installing', 1500)
const writing = told('writing generation', 20)
const trying = told('trying the configuration', 100)
const allowing = told('ufw allow', 70)
const allowingLast = told('ufw allow .* port 8884', 70)
const deleting = told('ufw delete', 70)
const enabling = told('enabling the firewall', 500)
const switching = told('switching to generation', 3)
const restarting: Step = { ...told('restart of mosquitto', 100), restarts: true }
const reloading = told('reload of mosquitto', 20)
const proving = told('proving what the broker serves', 80)
/** Its last word is gone in no time; its journal is there, and then closed or waits to be confirmed. */
const ending: Step = {
  name: 'the end',
  begun: `{ [ ! -e ${journal} ] || opened=1
    { [ -n "\${opened-}" ] && [ ! -e ${journal} ]; } || grep -qs confirm_until ${journal}/state; }`,
  halfMs: 20,
  lacksScript: true,
}
// Nothing is left to do but to take a folder away.
const confirming = told('confirming the change', 1)

export const scenarios: readonly Scenario[] = [
  {
    name: 'first up',
    words: ['up'],
    isFirst: true,
    changes: 'port',
    steps: [
      ...[upload, installing, writing, trying, allowing, allowingLast, enabling],
      ...[switching, restarting, proving, ending, confirming],
    ],
  },
  {
    name: 'reload',
    words: ['up'],
    isFirst: false,
    changes: 'certificate',
    steps: [upload, writing, trying, switching, reloading, proving, ending],
  },
  {
    name: 'restart and firewall',
    words: ['up'],
    isFirst: false,
    changes: 'port',
    steps: [
      ...[upload, writing, trying, allowing, deleting, enabling],
      ...[switching, restarting, proving, ending, confirming],
    ],
  },
  {
    name: 'rollback',
    words: ['rollback', '--yes'],
    isFirst: false,
    changes: 'port',
    steps: [upload, writing, trying, switching, restarting, proving, ending],
  },
]
