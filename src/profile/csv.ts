import { CsvError, type Info, parse } from 'csv-parse/sync'
import type { Mistake } from '../error.js'
import type { Refusal } from './refusal.js'

/** One cell of a CSV file. */
export interface Cell {
  /** Without the blanks around it. */
  readonly text: string
  readonly line: number
  readonly column: number
}

/**
 * The rows of a CSV file, the heading among them, or why it cannot be read. Comma, semicolon or
 * tab: the heading tells. Empty lines and lines that begin with `#` are left out.
 */
export function readCsv(path: string, text: string): readonly (readonly Cell[])[] | Mistake {
  const delimiter = /[,;\t]/.exec(/^[^#\r\n].*/m.exec(text)?.[0] ?? '')?.[0] ?? ','
  try {
    const rows: unknown = parse(text, { ...options, delimiter })
    return (rows as readonly Row[]).map(row => cellsOf(row, delimiter))
  } catch (error) {
    const line = error instanceof CsvError && 'lines' in error ? String(error['lines']) : '1'
    return { at: `${path}:${line}:1`, ...unreadable }
  }
}

const options = {
  comment: '#',
  comment_no_infix: true,
  info: true,
  raw: true,
  relax_column_count: true,
  skip_empty_lines: true,
} as const

/** What csv-parse yields under `info` and `raw`. */
interface Row {
  readonly record: readonly string[]
  readonly raw: string
  readonly info: Info
}

const unreadable: Refusal = {
  message: 'this is not valid CSV: a quote is open, or stands inside a text',
  hint: 'put the whole cell in quotes, and double a quote inside it',
}

function cellsOf({ record, raw, info }: Row, delimiter: string): readonly Cell[] {
  // What was left out before a row comes with it.
  const written = raw.replace(/^(?:#.*)?\r?\n/gm, '').replace(/[\r\n]+$/, '')
  const first = info.lines - written.split('\n').length + 1
  const columns = columnsOf(written, delimiter)
  return record.map((text, index) => ({
    text: text.trim(),
    line: first,
    column: columns[index] ?? 1,
  }))
}

/** Where each cell begins, counted from 1; a delimiter in quotes begins none. */
function columnsOf(row: string, delimiter: string): readonly number[] {
  const columns = [1]
  let isQuoted = false
  for (let index = 0; index < row.length; index++) {
    if (row[index] === '"') isQuoted = !isQuoted
    if (row[index] === delimiter && !isQuoted) columns.push(index + 2)
  }
  return columns
}
