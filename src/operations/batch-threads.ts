import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { KeyObject } from 'node:crypto'
import { batchMaker, type BatchItem, type BatchMade, type BatchSigner } from './batch.js'

/** What makes batches: in threads of their own, or here. */
interface BatchThreads {
  /** How many batches it takes at a time; more than that wait. */
  readonly width: number
  readonly make: (items: readonly BatchItem[]) => Promise<BatchMade>
  readonly end: () => Promise<void>
}

/** The build puts it beside the command. */
const workerFile = join(import.meta.dirname, 'batch-worker.cjs')

/**
 * @param count threads; a thread takes as long to start as a few hundred certificates to make, so
 *   none is started for few devices; nor for a token's key, which cannot cross; nor where there is no
 *   file for it: in tests, from the sources.
 */
export function batchThreads(signer: BatchSigner, count: number): BatchThreads {
  const isHere = signer.authority.key instanceof KeyObject
  if (count < 2 || !isHere || !existsSync(workerFile))
    return { width: 1, make: batchMaker(signer), end: () => Promise.resolve() }
  setFlagsFromString(smallHeap)
  const idle = Array.from({ length: count }, () => startThread(signer))
  const all = [...idle]
  const waiting: ((thread: Thread) => void)[] = []
  const take = async (): Promise<Thread> =>
    idle.pop() ?? (await new Promise(resolve => waiting.push(resolve)))
  return {
    // Twice as many as can work: while one is kept, which is three fsyncs, none waits for the next.
    width: 2 * count,
    make: async items => {
      const thread = await take()
      try {
        return await thread.make(items)
      } finally {
        const next = waiting.shift()
        if (next === undefined) idle.push(thread)
        else next(thread)
      }
    },
    end: async () => {
      await Promise.all(all.map(thread => thread.end()))
    },
  }
}

/** What is made is soon garbage, and would be left lying until there is much of it: here, and in threads. */
const smallHeap = '--optimize-for-size'
const resourceLimits = { maxYoungGenerationSizeMb: 8 }

interface Thread {
  readonly make: BatchThreads['make']
  readonly end: () => Promise<unknown>
}

function startThread(signer: BatchSigner): Thread {
  // A private key crosses as a handle: its bytes do not.
  const worker = new Worker(workerFile, { workerData: signer, resourceLimits })
  return {
    make: async items =>
      await new Promise<BatchMade>((resolve, reject) => {
        worker.once('message', (made: BatchMade) => {
          worker.off('error', reject)
          resolve(made)
        })
        worker.once('error', reject)
        worker.postMessage(items)
      }),
    end: () => worker.terminate(),
  }
}
