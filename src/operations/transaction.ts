import { shellAssignments } from '../command.js'
import { BednetError } from '../error.js'
import type { Host, HostEvent } from '../hosts/host.js'
import type { Secret } from '../secret.js'
import { thisProcess } from '../vault/holder.js'
import type { World } from '../world.js'
import type { Target } from './target.js'
import { readHostFiles } from './templates.js'

export type Files = Readonly<Record<string, string | Uint8Array | Secret>>
/** What a script of `templates/host/` knows by these names; nothing in it is secret. */
export type Settings = Readonly<Record<string, string>>

/** Where a change is made, and whom it is told. */
export interface Scene {
  readonly target: Target
  readonly host: Host
  readonly world: Pick<World, 'report' | 'now'>
  /** How long to wait for another bednet; undefined: as long as the scripts think right. */
  readonly lockWaitSeconds?: number | undefined
}

type Script = 'up' | 'down' | 'settle' | 'release'

interface Work extends Scene {
  readonly files: Files
  readonly settings: Settings
}

/**
 * Has a host carry out one script of `templates/host/`, and answers its last word.
 * @throws BednetError LOCK_HELD with who holds the host; or TRANSACTION_FAILED with what was said,
 *   when everything that was touched has been put back, unless it says otherwise
 */
export async function transact(
  script: Script,
  { target, host, world, files, settings, lockWaitSeconds }: Work,
): Promise<HostEvent> {
  const about = target.broker.name
  const said: string[] = []
  let last: HostEvent | undefined
  const scripts = await readHostFiles()
  const { packFiles } = await import('../hosts/archive.js')
  const archive = await packFiles({
    ...scripts,
    ...files,
    'transaction.sh': scripts[`${script}.sh`] ?? '',
    settings: shellAssignments({
      ...settings,
      HOLDER: await holder(script, world),
      LOCK_WAIT: String(lockWaitSeconds ?? ''),
    }),
  })
  // To the very end: what follows the last word is the host tidying up.
  for await (const event of host.perform({ archive })) {
    const { kind, message } = event
    if (kind === 'end') last = event
    else world.report({ kind: `host-${kind}`, message, about })
    if (kind === 'log' || kind === 'note') said.push(message)
  }
  if (last !== undefined && isFine(script, last)) return last
  throw failure(last, said, about)
}

/** To put back what was cut off is what these two are for. */
function isFine(script: Script, { status }: HostEvent): boolean {
  if (status === 'done' || status === 'unconfirmed') return true
  return (script === 'settle' || script === 'release') && status === 'restored'
}

/** For whoever finds the host locked: `up of steve@laptop`. */
async function holder(script: string, world: Pick<World, 'now'>): Promise<string> {
  const { user, host } = await thisProcess(script, world.now())
  return `${script} of ${user}@${host}`
}

/** The last word of a transaction; what the host logged before it goes into the error. */
function failure(
  last: HostEvent | undefined,
  said: readonly string[],
  broker: string,
): BednetError {
  const at = `broker "${broker}"`
  const message = last?.message ?? 'the change ended without a last word'
  if (last?.status === 'locked') {
    return new BednetError('LOCK_HELD', message, {
      at,
      hint: 'wait until it is done and run again; "bednet lock status" shows who it is',
    })
  }
  const words = said.length === 0 ? '' : `; it said: ${said.slice(-lastWords).join(' | ')}`
  return new BednetError('TRANSACTION_FAILED', `${message}${words}`, {
    at,
    hint:
      last?.status === 'restored'
        ? 'mend what it says in the profile or on the host, and run it again'
        : 'run it again: it goes on from what it finds',
  })
}

const lastWords = 8
