import type { Result } from './run.js'

/** A row for each step, a column for each cut; a mark as it begins, and one in its middle. */
export function table(results: readonly Result[]): readonly string[] {
  const columns = [...new Set(results.map(each => each.trial.column))]
  const rows = [...new Set(results.map(({ trial }) => trial.row))]
  const width = Math.max(0, ...rows.map(row => row.length))
  const line = (head: string, cells: readonly string[]) =>
    [head.padEnd(width), ...cells.map((cell, at) => cell.padEnd((columns[at] ?? '').length))]
      .join('  ')
      .trimEnd()
  const cell = (row: string, column: string) =>
    results
      .filter(each => each.trial.row === row && each.trial.column === column)
      .sort((a, b) => a.trial.name.localeCompare(b.trial.name))
      .map(({ error }) => (error === undefined ? '+' : 'X'))
      .join('')
  return [
    line('', columns),
    ...rows.map(row =>
      line(
        row,
        columns.map(column => cell(row, column) || '·'),
      ),
    ),
  ]
}
