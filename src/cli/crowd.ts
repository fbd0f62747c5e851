import { printable } from './printable.js'
import type { Sink } from './sink.js'

/** Several hosts at work at once: on a terminal a line for each, drawn again in its place. */
interface Crowd {
  /** What a host does now; it has a line from here on. */
  readonly put: (host: string, doing: string) => void
  /** It is through: its line goes. */
  readonly drop: (host: string) => void
  readonly draw: () => void
  /** Takes the lines away, so that something else can be written. */
  readonly clear: () => void
}

/** A line more would make the terminal scroll, and the next ones would not come back to their place. */
const spareRows = 2

export function makeCrowd(sink: Sink): Crowd {
  const lines = new Map<string, string>()
  let drawn = 0
  const clear = () => {
    // Up to the first of them, and all below it away.
    if (drawn > 0) sink.write(`\r\u{1B}[${String(drawn)}A\u{1B}[J`)
    drawn = 0
  }
  const draw = () => {
    clear()
    const most = Math.max(1, sink.rows() - spareRows)
    const shown = [...lines].slice(0, lines.size > most ? most - 1 : most)
    const rest = lines.size - shown.length
    const text = [
      ...shown.map(([host, doing]) => `${host}: ${printable(doing)}`),
      ...(rest > 0 ? [`and ${String(rest)} more`] : []),
    ]
    sink.write(text.map(line => `${line.slice(0, sink.columns() - 1)}\n`).join(''))
    drawn = text.length
  }
  return {
    put: (host, doing) => lines.set(host, doing),
    drop: host => lines.delete(host),
    draw,
    clear,
  }
}
