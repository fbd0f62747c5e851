import { spawnSync } from 'node:child_process'

/**
 * Runs subjects in turns (A B C A B C …), after a turn that is not counted, and returns the seconds
 * of each by its name. A subject is `{ name, argv, cwd, ends }`; the last are its exit codes, or [0].
 */
export function runInTurns(subjects, rounds, uncounted = 1) {
  const seconds = Object.fromEntries(subjects.map(({ name }) => [name, []]))
  for (let round = -uncounted; round < rounds; round++) {
    for (const { name, argv, cwd, ends = [0] } of subjects) {
      const begun = process.hrtime.bigint()
      const { status, stderr } = spawnSync(argv[0], argv.slice(1), { cwd, encoding: 'utf8' })
      const spent = Number(process.hrtime.bigint() - begun) / 1e9
      if (!ends.includes(status)) throw new Error(`${name} ended with ${status}: ${stderr}`)
      if (round >= 0) seconds[name].push(spent)
    }
  }
  return seconds
}

/** The median of the ratios of each round: what slows a whole round down is no one's fault. */
export function medianRatio(numerators, denominators) {
  const ratios = numerators.map((value, round) => value / denominators[round])
  return ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]
}

/** Prints rows of `{ what, ratio, of, budget, atLeast }`; with neither bound a ratio is only told. */
export function printRatios(rows) {
  const cells = rows.map(({ what, ratio, of, budget, atLeast }) => [
    what,
    `${ratio.toFixed(2)} x ${of}`,
    ...verdict(ratio, { budget, atLeast }),
  ])
  const widths = cells[0].map((_, column) => Math.max(...cells.map(row => row[column].length)))
  for (const row of cells) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
  }
}

function verdict(ratio, { budget, atLeast }) {
  if (budget !== undefined) return [`budget ${budget.toFixed(2)}`, ratio <= budget ? 'ok' : 'OVER']
  if (atLeast === undefined) return ['', '']
  return [`at least ${atLeast.toFixed(2)}`, ratio >= atLeast ? 'ok' : 'UNDER']
}
