import { BednetError } from '../error.js'

/** Rejects at a signal, with CANCELLED, or at an error that nobody awaited. */
export function whenStopped(self: NodeJS.Process): Promise<never> {
  return new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      self.once(signal, () => {
        // Whoever asks again does not wait; leaving like this still removes keys from /tmp.
        self.on(signal, () => self.exit(interrupted))
        reject(interruption(signal))
      })
    }
    self.on('uncaughtException', reject)
  })
}

const interrupted = 130

function interruption(signal: NodeJS.Signals): BednetError {
  return new BednetError('CANCELLED', `interrupted by ${signal}`, {
    hint: 'run it again: what was begun is finished then',
  })
}
