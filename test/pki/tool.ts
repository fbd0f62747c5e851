import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Ran {
  readonly status: number | null
  /** Standard output, then standard error. */
  readonly output: string
}

/** Runs a tool of this machine in a folder of its own that holds these files. */
export function runTool(
  [program = '', ...args]: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
  env: Readonly<Record<string, string>> = {},
): Ran {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-pki-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  const options = { cwd: folder, encoding: 'utf8', timeout: toolTimeoutMs } as const
  const ran = spawnSync(program, args, { ...options, env: { ...process.env, ...env } })
  return { status: ran.status, output: `${ran.stdout}${ran.stderr}` }
}

/** Whether the machine has a tool; where it has not, the reason for what is skipped is printed. */
export function hasTool(argv: readonly string[]): boolean {
  const [program = '', ...args] = argv
  const found = spawnSync(program, args, { timeout: toolTimeoutMs }).status === 0
  if (!found) console.warn(`skipped: "${argv.join(' ')}" does not run on this machine`)
  return found
}

const toolTimeoutMs = 20_000
