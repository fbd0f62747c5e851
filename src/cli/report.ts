import type { Event } from '../world.js'
import { makeCrowd } from './crowd.js'
import type { Sink } from './sink.js'
import { printable } from './printable.js'
import { makePace, type Pace } from './progress.js'

/** Tells what goes on while work goes on, on standard error. */
export interface Reporter {
  readonly report: (event: Event) => void
  /** Takes the progress line away, so that something else can be written. */
  readonly clear: () => void
}

interface Telling {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly nowMs: () => number
}

/** What the options and the terminal make of events. */
export function makeReporter(sink: Sink, telling: Telling): Reporter {
  if (telling.quiet) return { report: () => undefined, clear: () => undefined }
  if (telling.json) return { report: toJsonLines(sink), clear: () => undefined }
  return sink.isTerminal() ? onTerminal(sink, telling) : onPaper(sink, telling)
}

const redrawEveryMs = 100
const lineEveryMs = 5_000

function toJsonLines(sink: Sink): Reporter['report'] {
  return event => sink.write(`${JSON.stringify(event)}\n`)
}

/** Of one host progress is one line that is drawn again; all else scrolls by above it. */
function onTerminal(sink: Sink, telling: Telling): Reporter {
  const one = onTerminalAlone(sink, telling)
  const crowd = makeCrowd(sink)
  const hosts = new Set<string>()
  let drawnMs = -Infinity
  const report = (event: Event) => {
    const { kind, about = '' } = event
    if (kind === 'host-begun') hosts.add(about)
    if (!hosts.has(about)) {
      crowd.clear()
      one.report(event)
      return
    }
    if (kind === 'host-ended') crowd.drop(about)
    else crowd.put(about, event.message)
    const isKept = kind === 'host-ended' || kind === 'host-note' || kind === 'host-log'
    if (isKept || telling.verbose) {
      crowd.clear()
      sink.write(`${lineOf(event)}\n`)
    } else if (telling.nowMs() - drawnMs < redrawEveryMs) return
    crowd.draw()
    drawnMs = telling.nowMs()
  }
  const clear = () => {
    crowd.clear()
    one.clear()
  }
  return { report, clear }
}

function onTerminalAlone(sink: Sink, { verbose, nowMs }: Telling): Reporter {
  const pace = makePace()
  let drawn = false
  let drawnMs = -Infinity
  const clear = () => {
    if (drawn) sink.write('\r\u{1B}[2K')
    drawn = false
  }
  const report = (event: Event) => {
    const now = nowMs()
    const seen = pace(event, now)
    if (!seen || verbose) {
      clear()
      sink.write(`${lineOf(event)}\n`)
    }
    if (!seen) return
    if (seen.isDone) clear()
    else if (now - drawnMs >= redrawEveryMs) {
      clear()
      sink.write(`${seen.text}: ${lineOf(event)}`.slice(0, sink.columns() - 1))
      drawn = true
      drawnMs = now
    }
  }
  return { report, clear }
}

/** A log keeps every line, so progress takes one only now and then. */
function onPaper(sink: Sink, { verbose, nowMs }: Telling): Reporter {
  const pace = makePace()
  let toldMs: number | undefined
  const isDue = (seen: Pace, now: number) => {
    toldMs ??= now
    return now - toldMs >= lineEveryMs || (seen.isDone && seen.elapsedMs >= lineEveryMs)
  }
  const report = (event: Event) => {
    if (event.kind === 'host-begun') return
    const now = nowMs()
    const seen = pace(event, now)
    if (!seen || verbose) sink.write(`${lineOf(event)}\n`)
    else if (isDue(seen, now)) {
      sink.write(`${seen.text}\n`)
      toldMs = now
    }
  }
  return { report, clear: () => undefined }
}

/** Most messages name what they are about; the others, and all of a host, have it put in front. */
function lineOf({ kind, message, about }: Event): string {
  const isNamed = about === undefined || (!kind.startsWith('host-') && message.includes(about))
  return printable(isNamed ? message : `${about}: ${message}`)
}
