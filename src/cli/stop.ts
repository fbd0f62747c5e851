import { BednetError } from '../error.js'

/** Rejects at a signal, with CANCELLED, or at an error that nobody awaited. */
export function whenStopped(self: NodeJS.Process): Promise<never> {
  return new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      // Once: whoever asks again ends it at once, even where Node waits for a name server to answer
      // before it exits. Keys in /tmp are gone by then.
      self.once(signal, () => {
        reject(interruption(signal))
      })
    }
    self.on('uncaughtException', reject)
  })
}

function interruption(signal: NodeJS.Signals): BednetError {
  return new BednetError('CANCELLED', `interrupted by ${signal}`, {
    hint: 'run it again: what was begun is finished then',
  })
}
