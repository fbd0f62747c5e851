import { parseArgs } from 'node:util'
import { type Release, releases } from '../lab/host.js'
import { matrix } from './matrix.js'
import { type Result, run } from './run.js'
import { table } from './table.js'

const usage = `Usage: scripts/faults [--release R] [--only WORDS] [--hosts N] [--list]

Cuts changes off at every step, in every way, on lab hosts, and sees that they heal. Exit code 1
where one does not.`

export async function main(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      release: { type: 'string', default: 'bookworm' },
      only: { type: 'string', default: '' },
      hosts: { type: 'string', default: '2' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const release = releases.find(each => each === values.release)
  const chosen = matrix.filter(each => each.name.includes(values.only))
  if (chosen.length === 0) throw new Error(`no case has "${values.only}" in its name: see --list`)
  if (values.help || release === undefined) return say(usage, values.help ? 0 : 64)
  if (values.list) return say(chosen.map(({ name }) => name).join('\n'), 0)
  const results = await run(chosen, { release, hosts: Number(values.hosts), report })
  return say(summary(results, release), results.every(({ error }) => error === undefined) ? 0 : 1)
}

function say(text: string, code: number): number {
  console.log(text)
  return code
}

function report(text: string): void {
  process.stderr.write(`${text}\n`)
}

function summary(results: readonly Result[], release: Release): string {
  const survived = results.filter(({ error }) => error === undefined).length
  const lost = results.flatMap(({ trial, error }) =>
    error === undefined ? [] : [`${trial.name}:\n  ${error}`],
  )
  const count = `${release}: ${String(survived)} survived of ${String(results.length)} tried`
  return [...table(results), ...lost, count].join('\n')
}

process.exitCode = await main(process.argv.slice(2))
