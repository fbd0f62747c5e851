import { type Bench, closeBench, isUp, openBench } from './bench.js'
import type { Release } from '../lab/host.js'
import type { Trial } from './matrix.js'

export interface Result {
  readonly trial: Trial
  /** Undefined: it has survived. */
  readonly error: string | undefined
}

interface RunOptions {
  readonly release: Release
  readonly hosts: number
  readonly report: (text: string) => void
}

/** One after the other on a few hosts; one that is lost gets a fresh host. */
export async function run(
  trials: readonly Trial[],
  options: RunOptions,
): Promise<readonly Result[]> {
  const queue = [...trials]
  const results: Result[] = []
  const begun = Date.now()
  const work = async (_: unknown, index: number) => {
    let bench: Bench | undefined
    for (let each = queue.shift(); each; each = queue.shift()) {
      try {
        bench ??= await readyBench(`fault-${options.release}-${String(index)}`, options.release)
        bench = await withinLimit(each.run(bench))
        results.push({ trial: each, error: undefined })
      } catch (error) {
        results.push({ trial: each, error: String(error) })
        if (bench) await closeBench(bench)
        bench = undefined
      }
      const [last] = results.slice(-1)
      options.report(progress(results.length, trials.length, begun) + told(last))
    }
    if (bench) await closeBench(bench)
  }
  await Promise.all(Array.from({ length: options.hosts }, work))
  return results
}

async function withinLimit<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('it is not through after four minutes'))
    }, caseLimitMs)
  })
  return await Promise.race([work, limit]).finally(() => {
    clearTimeout(timer)
  })
}

const caseLimitMs = 240_000

/** Up, so that there is an old state. */
async function readyBench(name: string, release: Release): Promise<Bench> {
  const bench = await openBench(name, release)
  await isUp(bench)
  return bench
}

function told(result: Result | undefined): string {
  if (result === undefined) return ''
  return result.error === undefined
    ? `survived  ${result.trial.name}`
    : `LOST  ${result.trial.name}: ${result.error}`
}

function progress(done: number, all: number, begun: number): string {
  const minutes = (Date.now() - begun) / 60_000
  const left = ((all - done) * minutes) / done
  const rate = (done / minutes).toFixed(1)
  return `${String(done)}/${String(all)}  ${rate} a minute, ${left.toFixed(0)} min left  `
}
