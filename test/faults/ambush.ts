import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { LabHost } from '../lab/host.js'
import { changeUnits } from './cut.js'
import type { Step } from './scenario.js'

/** Waits on the host itself, where a millisecond is one: over SSH a step would long be over. */
interface Ambush {
  /** When the change stands still. */
  readonly reached: Promise<void>
  /** The change goes on, or nobody waits for it any longer. */
  readonly lift: () => Promise<void>
}

const lab = fileURLToPath(new URL('../../scripts/lab', import.meta.url))

export function ambush(host: LabHost, step: Step, delayMs: number): Ambush {
  const script = `
    freeze() { for each in /sys/fs/cgroup/system.slice/${changeUnits}; do
      [ ! -d "$each" ] || echo "$1" >"$each/cgroup.freeze"; done; }
    until ${step.begun}; do sleep 0.003; done
    sleep ${String(delayMs / 1000)}
    freeze 1; echo reached; read -r _; freeze 0`
  const waiting = execa(lab, ['run', host.name, script], {
    reject: false,
    timeout: ambushLimitMs,
    stdin: 'pipe',
    // A group of its own, for who waits on the host is a child of its children.
    detached: true,
  })
  const reached = new Promise<void>(resolve => {
    waiting.stdout.once('data', () => {
      resolve()
    })
  })
  let isReached = false
  void reached.then(() => (isReached = true))
  return {
    reached,
    lift: async () => {
      if (isReached) waiting.stdin.end('\n')
      else if (waiting.pid !== undefined) process.kill(-waiting.pid, 'SIGKILL')
      await waiting
    },
  }
}

const ambushLimitMs = 120_000
