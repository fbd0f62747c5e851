import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline, Readable } from 'node:stream'
import { BednetError } from '../error.js'
import { csvFaultLine, csvReader, delimiterIn } from '../profile/csv.js'

/** A row of a device list, as it is written; nothing of it is checked yet. */
export interface DeviceRow {
  readonly line: number
  /** By column; a cell without text is not there. */
  readonly cells: ReadonlyMap<string, string>
  /** What is wrong with the row as a whole. */
  readonly fault?: string
}

/**
 * The rows of a list, one at a time, however long it is: CSV with a heading, comma, semicolon or
 * tab, or a JSON object on each line where the name ends in `.ndjson` or `.jsonl`.
 * @param path `-` for standard input, which is CSV
 * @throws BednetError LIST_UNREADABLE where there is no such file, or no list in it
 */
export async function* deviceRows(path: string): AsyncGenerator<DeviceRow> {
  try {
    if (/^\.(ndjson|jsonl)$/.test(extname(path))) yield* jsonRows(path)
    else yield* csvRows(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** About as many as there are: for how far it is, not for what is done. */
export async function countRows(path: string): Promise<number> {
  let lines = 0
  if (path === '-') return lines
  try {
    for await (const chunk of createReadStream(path)) {
      const bytes = chunk as Buffer
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++
    }
  } catch (error) {
    throw unreadable(path, error)
  }
  return lines
}

async function* csvRows(path: string): AsyncGenerator<DeviceRow> {
  const chunks = open(path)[Symbol.asyncIterator]()
  const first = await chunks.next()
  const start = first.done === true ? '' : String(first.value)
  const parser = await csvReader(delimiterIn(start.replace(/^\uFEFF/, '')))
  // Also ends the parser where the file fails.
  pipeline(Readable.from(joined(first, chunks)), parser, () => undefined)
  let heading: readonly string[] | undefined
  for await (const row of parser) {
    const { record, info } = row as { record: readonly string[]; info: { lines: number } }
    if (heading === undefined) {
      heading = record
      refuseHeading(path, heading)
    } else yield csvRow(record, { heading, line: info.lines })
  }
}

async function* joined<Chunk>(first: IteratorResult<Chunk>, rest: AsyncIterator<Chunk>) {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value
}

function csvRow(
  record: readonly string[],
  { heading, line }: { readonly heading: readonly string[]; readonly line: number },
): DeviceRow {
  const named = heading.map((column, index) => [column, record[index] ?? ''] as const)
  // Spreadsheets leave columns behind that have no name.
  const cells = new Map(named.filter(([column, text]) => column !== '' && text !== ''))
  const extra = record.length - heading.length
  if (extra <= 0) return { line, cells }
  return { line, cells, fault: `has ${String(extra)} more cells than the heading` }
}

function refuseHeading(path: string, heading: readonly string[]): void {
  const twice = heading.find((column, index) => column !== '' && heading.indexOf(column) !== index)
  const what = heading.includes('name')
    ? twice !== undefined && `names the column "${twice}" twice`
    : 'has no column "name"'
  if (what === false) return
  throw new BednetError('LIST_UNREADABLE', `the heading ${what}`, {
    at: `${path}:1:1`,
    hint: 'the first line names the columns: name,role,lifetime,key,password; any other column is a label',
  })
}

async function* jsonRows(path: string): AsyncGenerator<DeviceRow> {
  let line = 0
  for await (const text of createInterface({ input: open(path), crlfDelay: Infinity })) {
    line++
    if (text.trim() !== '') yield jsonRow(text, line)
  }
}

function jsonRow(text: string, line: number): DeviceRow {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const fields = Object.entries(value as Record<string, unknown>)
      const odd = fields.find(([, field]) => !['string', 'number'].includes(typeof field))
      const cells = new Map(fields.map(([key, field]) => [key, String(field)]))
      return odd === undefined
        ? { line, cells }
        : { line, cells: new Map(), fault: `"${odd[0]}" is neither text nor number` }
    }
  } catch {
    // Said below, as of any other text that is no object.
  }
  return { line, cells: new Map(), fault: 'is no JSON object' }
}

function open(path: string): NodeJS.ReadableStream {
  return path === '-' ? process.stdin : createReadStream(path)
}

function unreadable(path: string, error: unknown): BednetError {
  if (error instanceof BednetError) return error
  const faultLine = csvFaultLine(error)
  const isCsv = faultLine !== undefined
  const line = isCsv ? `:${String(faultLine)}:1` : ''
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const reason = code === 'ENOENT' ? 'there is no such file' : code
  return new BednetError(
    'LIST_UNREADABLE',
    isCsv ? 'this is not valid CSV' : `the list of devices cannot be read: ${reason}`,
    {
      at: `${path}${line}`,
      hint: isCsv
        ? 'put a cell with a quote in it in quotes, and double the quote'
        : 'name a CSV or NDJSON file that you may read, or "-" for standard input',
      cause: error,
    },
  )
}
