import { posix } from 'node:path'
import { type KeyAlgorithm, keyAlgorithms } from '../algorithm.js'
import type { Mistake } from '../error.js'
import { readBeside } from './beside.js'
import { type CsvRow, readCsv } from './csv.js'
import type { Fault, Place } from './document.js'
import { readName } from './names.js'
import { suggest } from './nearest.js'
import { readDays } from './quantity.js'
import { isRefusal, type Reader, type Refusal, show } from './refusal.js'
import { type FileContent, readText } from './text.js'

/** A CSV file of devices, and the place of the profile that names it. */
export interface DeviceListSource {
  /** As it stands in the profile. */
  readonly path: string
  readonly from: Place
  /** The profile's own path, as typed; mistakes name the list beside it. */
  readonly profile: string
  /** The list's content; undefined where there is no such file. */
  readonly readFile: (path: string) => FileContent | undefined
}

/** One row: a name, and what it says otherwise than its entry in the profile. */
export interface ListedDevice {
  readonly name: string
  readonly role: string | undefined
  readonly lifetimeDays: number | undefined
  readonly key: KeyAlgorithm | undefined
  readonly placeOf: (column: Column) => Place
}

/** Reads all rows that are sound, and tells what is wrong with the others. */
export function readDeviceList(source: DeviceListSource): {
  devices: readonly ListedDevice[]
  faults: readonly Fault[]
} {
  const rows = readRows(source)
  if ('message' in rows) return { devices: [], faults: [fileFault(source, rows)] }
  const [heading = noRow, ...body] = rows
  const faults = checkHeading(heading.cells).map(({ index, ...words }) => ({
    ...words,
    place: placeOf(source, heading, index),
  }))
  if (faults.length > 0) return { devices: [], faults }
  return readBody({ heading: heading.cells, source }, body)
}

const noRow: CsvRow = { cells: [''], line: 1, columnOf: () => 1 }

// A hundred thousand devices take about 4 MB.
const largestListBytes = 64_000_000

function readRows(source: DeviceListSource): readonly CsvRow[] | Mistake {
  const shown = shownPath(source)
  const content = readBeside(source.path, {
    what: 'device list',
    hint: 'write the path of a CSV file, relative to the profile',
    readFile: source.readFile,
  })
  if (isRefusal(content)) return { at: source.from.at, ...content }
  const text = readText(shown, content, largestListBytes)
  return typeof text === 'string' ? readCsv(shown, text) : text
}

function shownPath({ path, profile }: DeviceListSource): string {
  return posix.isAbsolute(path) ? path : posix.join(posix.dirname(profile), path)
}

/** A fault of the file as a whole already has its position. */
function fileFault({ from }: DeviceListSource, { at, message, hint }: Mistake): Fault {
  return { place: { at, order: from.order }, message, hint }
}

function placeOf(source: DeviceListSource, row: CsvRow, index: number): Place {
  const column = row.columnOf(index)
  return {
    at: `${shownPath(source)}:${String(row.line)}:${String(column)}`,
    order: [source.from.order[0], row.line, column],
  }
}

const columns = ['name', 'role', 'lifetime', 'key'] as const
type Column = (typeof columns)[number]

type CellRefusal = Refusal & { readonly index: number }

function checkHeading(heading: readonly string[]): readonly CellRefusal[] {
  if (!heading.includes('name')) {
    return [{ index: 0, message: 'the list has no "name" column', hint: headingHint }]
  }
  return heading.flatMap((column, index) => {
    const refusal = whyRefused(column, heading.slice(0, index))
    return refusal ? [{ index, ...refusal }] : []
  })
}

const headingHint = `the first line names the columns: ${columns.join(',')}; only "name" is needed`

/** Like a profile, a list may keep things for others under names that begin with `x-`. */
function whyRefused(column: string, before: readonly string[]): Refusal | undefined {
  if (before.includes(column)) {
    return { message: `column ${show(column)} is there twice`, hint: 'keep one of the two' }
  }
  if (column.startsWith('x-') || columns.some(known => known === column)) return undefined
  const hint = suggest(column, columns) ?? 'name a column that bednet shall leave alone "x-…"'
  return { message: `unknown column ${show(column)}`, hint }
}

interface Table {
  readonly heading: readonly string[]
  readonly source: DeviceListSource
}

function readBody(
  table: Table,
  body: readonly CsvRow[],
): { devices: readonly ListedDevice[]; faults: readonly Fault[] } {
  const devices: ListedDevice[] = []
  const faults: Fault[] = []
  for (const row of body) {
    const before = faults.length
    const device = readRow(table, row, faults)
    if (faults.length === before) devices.push(device)
  }
  return { devices, faults }
}

function readRow({ heading, source }: Table, row: CsvRow, faults: Fault[]): ListedDevice {
  const place = (column: Column) => placeOf(source, row, heading.indexOf(column))
  const read = <Value>(column: Column, reader: Reader<Value>): Value | undefined => {
    const text = row.cells[heading.indexOf(column)] ?? ''
    if (text === '' && column !== 'name') return undefined
    const value = reader(text)
    if (!isRefusal(value)) return value
    faults.push({ ...value, place: place(column) })
    return undefined
  }
  const extra = row.cells.length - heading.length
  if (extra > 0) faults.push({ ...tooWide(row, heading), place: placeOf(source, row, 0) })
  return {
    name: read('name', text => readName('device', text)) ?? '',
    role: read('role', text => text),
    lifetimeDays: read('lifetime', readDays),
    key: read('key', readKey),
    placeOf: place,
  }
}

function tooWide({ cells }: CsvRow, heading: readonly string[]): Refusal {
  return {
    message: `${String(cells.length)} cells under ${String(heading.length)} columns`,
    hint: 'put a cell that holds the separator in quotes',
  }
}

/** Reads the name of a key algorithm. */
export function readKey(text: string): KeyAlgorithm | Refusal {
  const key = keyAlgorithms.find(algorithm => algorithm === text)
  if (key) return key
  const message = `${show(text)} is no key algorithm`
  return { message, hint: suggest(text, keyAlgorithms) ?? `use ${keyAlgorithms.join(', ')}` }
}
