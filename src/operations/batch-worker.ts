// What a thread of its own runs; see batch-threads.ts.
import { parentPort, workerData } from 'node:worker_threads'
import type { Authority } from '../pki/authority.js'
import { batchMaker, type BatchItem } from './batch.js'

const make = batchMaker(workerData as Authority)

parentPort?.on('message', (items: readonly BatchItem[]) => {
  const { archive, made } = make(items)
  const own = new Uint8Array(archive)
  parentPort?.postMessage({ archive: own, made }, [own.buffer])
})
