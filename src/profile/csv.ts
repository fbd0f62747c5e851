import { type Info, parse } from 'csv-parse/sync'
import type { Mistake } from '../error.js'
import type { Refusal } from './refusal.js'

/** One row of a CSV file. */
export interface CsvRow {
  /** Without the blanks around them. */
  readonly cells: readonly string[]
  /** Where it begins, counted from 1. */
  readonly line: number
  /** Where a cell begins, counted from 1; found only when asked for, which is seldom. */
  readonly columnOf: (index: number) => number
}

/**
 * The rows of a CSV file, the heading among them, or why it cannot be read. Comma, semicolon or
 * tab: the heading tells. Empty lines and lines that begin with `#` are left out.
 */
export function readCsv(path: string, text: string): readonly CsvRow[] | Mistake {
  const delimiter = delimiterIn(text)
  try {
    const rows: unknown = parse(text, { ...options, delimiter })
    return (rows as readonly Parsed[]).map(row => rowOf(row, delimiter))
  } catch (error) {
    return { at: `${path}:${String(csvFaultLine(error) ?? 1)}:1`, ...unreadable }
  }
}

/** Reads a list as it arrives, for those that are too long to be held: `{ record, info }` for each row. */
export async function csvReader(delimiter: string) {
  const { parse: read } = await import('csv-parse')
  return read({ ...options, raw: false, bom: true, trim: true, delimiter })
}

/** The line of a list that is no CSV; undefined where something else is wrong. */
export function csvFaultLine(error: unknown): number | undefined {
  // Either half of the package has a class of its own for it.
  if (!(error instanceof Error) || !('code' in error)) return undefined
  if (!String(error.code).startsWith('CSV_')) return undefined
  return 'lines' in error ? Number(error.lines) : 1
}

/** What separates the cells: the first comma, semicolon or tab of the heading. */
export function delimiterIn(text: string): string {
  return /[,;\t]/.exec(/^[^#\r\n].*/m.exec(text)?.[0] ?? '')?.[0] ?? ','
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
interface Parsed {
  readonly record: readonly string[]
  readonly raw: string
  readonly info: Info
}

const unreadable: Refusal = {
  message: 'this is not valid CSV: a quote is open, or stands inside a text',
  hint: 'put the whole cell in quotes, and double a quote inside it',
}

function rowOf({ record, raw, info }: Parsed, delimiter: string): CsvRow {
  // What was left out before a row comes with it.
  const written = raw.replace(/[\r\n]+$/, '').replace(leftOut, '')
  return {
    cells: record.map(text => text.trim()),
    line: info.lines - written.split('\n').length + 1,
    columnOf: index => columnsOf(written, delimiter)[index] ?? 1,
  }
}

const leftOut = /^(?:(?:#.*)?\r?\n)+/

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
