import { spawn } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** Bundles `up` as a program, at a place from which it finds its templates; answers its path. */
export function buildChild(folder: string): string {
  mkdirSync(join(folder, 'dist'))
  // Its packages and templates are where they would be in an installation.
  for (const name of ['node_modules', 'templates'])
    symlinkSync(join(root, name), join(folder, name))
  const outfile = join(folder, 'dist/cli/up.mjs')
  buildSync({
    stdin: { contents: script, resolveDir: join(root, 'test/operations') },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  })
  return outfile
}

interface ChildEnd {
  readonly signal: NodeJS.Signals | null
  readonly said: string
}

/** Runs it on a profile; it kills itself, at once and for good, when it reports a certain word. */
export async function dieAt(program: string, profile: string, word: string): Promise<ChildEnd> {
  const child = spawn(process.execPath, [program, profile, word])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => (said += String(chunk)))
  }
  return await new Promise(resolve => {
    child.on('exit', (_code, signal) => {
      resolve({ signal, said })
    })
  })
}

const root = fileURLToPath(new URL('../..', import.meta.url))

const script = `
import { loadProject } from '../../src/operations/load.js'
import { rehearsed } from '../../src/operations/sandbox.js'
import { up } from '../../src/operations/up.js'
import { world } from './verify-broker.js'

const [profile, word] = process.argv.slice(2)
const report = ({ kind, message }) => {
  if ((kind + ' ' + message).includes(word)) process.kill(process.pid, 'SIGKILL')
}
const project = rehearsed(await loadProject(profile), { sandbox: true, environment: process.env })
const approve = () => Promise.resolve(true)
await up({ project, world: { ...world(), report }, brokers: [], reuseNames: false, approve })
`
