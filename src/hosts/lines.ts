import type { Readable } from 'node:stream'

/**
 * The lines of a stream as they arrive, without their newline; a last line without one counts too.
 * The stream is read no faster than the lines are taken.
 */
export async function* readLines(stream: Readable): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  // Pieces, not one growing string: a document of megabytes on one line stays linear.
  let pieces: string[] = []
  for await (const chunk of stream) {
    const [first = '', ...rest] = decoder.decode(asBytes(chunk), { stream: true }).split('\n')
    pieces.push(first)
    for (const piece of rest) {
      yield pieces.join('')
      pieces = [piece]
    }
  }
  const last = pieces.join('') + decoder.decode()
  if (last !== '') yield last
}

/** Reads a stream for as long as it lasts; what is returned tells its last `limitBytes` so far. */
export function keepTail(stream: Readable, limitBytes: number): () => string {
  let held = Buffer.alloc(0)
  stream.on('data', (chunk: unknown) => {
    held = Buffer.concat([held, asBytes(chunk)]).subarray(-limitBytes)
  })
  // Its end is told by the process; a broken pipe on the way is no news.
  stream.on('error', () => undefined)
  return () => held.toString('utf8')
}

function asBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))
}
