// What a thread of its own runs; see batch-threads.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { batchMaker, type BatchItem, type BatchSigner } from './batch.js'

const make = batchMaker(workerData as BatchSigner)

parentPort?.on('message', (items: readonly BatchItem[]) => {
  void make(items).then(({ archive, ...made }) => {
    const own = new Uint8Array(archive)
    parentPort?.postMessage({ ...made, archive: own }, [own.buffer])
  })
})
