import type { Sink } from '../../src/cli/sink.js'

/** A sink that a test can read, and as a person would see it. */
interface Screen extends Sink {
  /** All that was written, as it was written. */
  readonly text: () => string
  /** What is left of it on a terminal. */
  readonly shown: () => readonly string[]
}

export function makeScreen({ isTerminal = false, columns = 80, rows = 24 } = {}): Screen {
  let text = ''
  return {
    isTerminal: () => isTerminal,
    columns: () => columns,
    rows: () => rows,
    write: more => {
      text += more
    },
    text: () => text,
    shown: () => text.split('\n').map(line => line.split('\r\u{1B}[2K').at(-1) ?? ''),
  }
}
