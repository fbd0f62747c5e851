import type { Cell, Matrix } from './matrix.js'

const marks: Readonly<Record<Cell['result'], string>> = { accepts: '+', cannot: '-', fails: 'X' }

/** The matrix as text: a row for each kind and key algorithm, a column for each stack. */
export function table({ stacks, rows, ...matrix }: Matrix): string {
  const lines = [
    ['', '', ...stacks.map(({ name }) => name)],
    ['', '', ...stacks.map(({ version }) => version)],
    ...rows.map(({ kind, algorithm, cells }, at) => [
      rows[at - 1]?.kind === kind ? '' : kind,
      algorithm,
      ...cells.map(({ result }) => marks[result]),
    ]),
  ]
  const widths = (lines[0] ?? []).map((_, at) =>
    Math.max(...lines.map(cells => (cells[at] ?? '').length)),
  )
  const drawn = lines.map(cells =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [...drawn, '', ...notes(rows), summary({ stacks, rows, ...matrix })].join('\n')
}

function notes(rows: Matrix['rows']): readonly string[] {
  const cells = rows.flatMap(row => row.cells.map(cell => ({ ...row, ...cell })))
  const limits = cells.filter(({ result }) => result !== 'fails').flatMap(({ reasons }) => reasons)
  const faults = cells
    .filter(({ result }) => result === 'fails')
    .map(
      ({ stack, kind, algorithm, reasons }) =>
        `X ${stack}, ${kind}, ${algorithm}: ${reasons.join('; ')}`,
    )
  return [...[...new Set(limits)].map(reason => `- ${reason}`), ...faults, '']
}

function summary({ cells, controlsRefused }: Matrix): string {
  const { accepts, cannot, fails } = cells
  return (
    `${String(accepts)} accept, ${String(cannot)} cannot by nature, ${String(fails)} fail; ` +
    `${String(controlsRefused)} times what is foreign, misnamed, misused or revoked was refused`
  )
}
