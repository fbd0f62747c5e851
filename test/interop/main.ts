import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { limits } from './limits.js'
import { makeMatrix, type Matrix } from './matrix.js'
import { run } from './run.js'
import { allStacks } from './stacks.js'
import { table } from './table.js'

const usage = `Usage: scripts/interop [--only STACK,STACK] [--json]

Shows what bednet makes to other implementations of TLS and X.509, and prints who takes what. Exit
code 1 unless all is as it must be.`

const sources = 'test/interop/peers'

async function main(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return say(usage, 0)
  const matrix = await inFolder(folder => measure(folder, values.only?.split(',')))
  return say(
    values.json ? JSON.stringify(matrix, undefined, 2) : table(matrix),
    matrix.clean ? 0 : 1,
  )
}

async function measure(folder: string, only: readonly string[] | undefined): Promise<Matrix> {
  const stacks = allStacks(sources, folder).filter(({ name }) => only?.includes(name) ?? true)
  return makeMatrix(await run(stacks, folder), limits)
}

async function inFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-interop-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function say(text: string, code: number): number {
  console.log(text)
  return code
}

process.exitCode = await main(process.argv.slice(2))
