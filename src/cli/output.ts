import type { World } from '../world.js'
import { alignColumns } from './columns.js'
import { makePaint } from './paint.js'
import type { Sink } from './sink.js'
import type { Output } from './verb.js'

interface Look {
  readonly json: boolean
  readonly environment: World['environment']
}

/** Standard output as the verbs see it. */
export function makeOutput(sink: Sink, { json, environment }: Look): Output {
  const paint = makePaint(sink, environment)
  const lines = (texts: readonly string[]) => {
    if (!json && texts.length > 0) sink.write(texts.map(text => `${text}\n`).join(''))
  }
  const writeJson = (value: unknown) => {
    if (json) sink.write(`${JSON.stringify(value)}\n`)
  }
  return {
    paint,
    lines,
    table: (head, rows) => {
      lines(alignColumns([head.map(paint.dim), ...rows]))
    },
    record: writeJson,
    document: writeJson,
  }
}
