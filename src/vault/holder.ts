import { readFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'

/** Who holds a lock, as the lock file says it. */
export interface Holder {
  readonly pid: number
  readonly host: string
  readonly user: string
  /** ISO 8601, UTC. */
  readonly since: string
  readonly verb: string
  /**
   * When the process started, in the kernel's ticks since boot: a number that was given to another
   * process since has another start. Null where the system does not tell.
   */
  readonly started: string | null
}

/** This process, as a holder. */
export async function thisProcess(verb: string, now: Date): Promise<Holder> {
  const { pid } = process
  const started = (await processState(pid))?.started ?? null
  return { pid, host: hostname(), user: userName(), since: now.toISOString(), verb, started }
}

/** The holder that a lock file names, or undefined where it names none. */
export function parseHolder(content: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(content)
    return isHolder(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether the holder is certainly no more: only a process of this host can be looked at. */
export async function isGone(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return false
  if (!answersSignals(holder.pid)) return true
  const state = await processState(holder.pid)
  if (state === undefined || holder.started === null) return false
  return state.isDead || state.started !== holder.started
}

/** An account without a name, as in some containers, has a number still. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${String(process.getuid?.() ?? 'unknown')}`
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  const field = (name: string): unknown => Reflect.get(value, name)
  const pid = field('pid')
  const started = field('started')
  return (
    // 0 and below would ask for whole process groups.
    typeof pid === 'number' &&
    Number.isSafeInteger(pid) &&
    pid > 0 &&
    (typeof started === 'string' || started === null) &&
    ['host', 'user', 'since', 'verb'].every(name => typeof field(name) === 'string')
  )
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and another user's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

interface ProcessState {
  readonly started: string
  /** Ended, but its parent has not asked how: it still answers signals. */
  readonly isDead: boolean
}

/** From proc(5); undefined where there is no such file system, or no such process. */
async function processState(pid: number): Promise<ProcessState | undefined> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined)
  // The second field is the command in parentheses, which may hold spaces and parentheses itself.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields?.[0]
  const started = fields?.[startField - stateField]
  if (state === undefined || started === undefined) return undefined
  return { started, isDead: state === 'Z' || state === 'X' }
}

const stateField = 3
const startField = 22
