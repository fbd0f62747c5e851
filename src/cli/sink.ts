// To import these by name would load all that `node:fs` has, its streams included.
const { fstatSync, writeSync } = process.getBuiltinModule('node:fs')

/** Where text goes: standard output, standard error, or what a test looks at. */
export interface Sink {
  readonly write: (text: string) => unknown
  readonly isTerminal: () => boolean
  readonly columns: () => number
  readonly rows: () => number
}

/** Whether a person sits at this descriptor; a module for terminals is only loaded for devices. */
export function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd)
  } catch {
    // A job of init may have it closed.
    return false
  }
}

/**
 * Standard output or standard error, written to at once: nothing is left over where the process
 * ends, and Node's streams, which cost a tenth of its start, are not opened.
 */
export function openSink(stream: 'stdout' | 'stderr'): Sink {
  const fd = stream === 'stdout' ? 1 : 2
  let isBroken = false
  return {
    isTerminal: () => isTerminal(fd),
    columns: () => process[stream].columns || fallbackColumns,
    rows: () => process[stream].rows || fallbackRows,
    write: text => {
      // `bednet list | head` has all it wants: that is no failure, and no work may end of it.
      if (!isBroken) isBroken = !writeAll(fd, Buffer.from(text))
    },
  }
}

const fallbackColumns = 80
const fallbackRows = 24
const fullPipeWaitMs = 5

/** False where nobody reads any more. */
function writeAll(fd: number, bytes: Uint8Array): boolean {
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE') return false
      if (code !== 'EAGAIN') throw error
      // Another process has made the pipe we share non-blocking, and it is full.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fullPipeWaitMs)
    }
  }
  return true
}
