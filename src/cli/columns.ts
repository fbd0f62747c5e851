import { stripVTControlCharacters } from 'node:util'

/** Rows as lines, each column as wide as its widest cell; what colours a cell takes no room. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
    })
  }
  return rows.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  )
}

function widthOf(cell: string): number {
  // To strip a cell takes longer than all else that is done with it.
  return cell.includes('\u{1B}') ? stripVTControlCharacters(cell).length : cell.length
}
