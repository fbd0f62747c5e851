// What starting costs: PERFORMANCE.md, part 6.
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildCommand, commandSettings } from '../build.mjs'
import { medianRatio, printRatios, runInTurns } from './rounds.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const rounds = 15

export async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-bench-'))
  try {
    await measure(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(folder) {
  const subjects = await prepare(folder)
  // Compiled code is kept here, and the turn that is not counted keeps it.
  process.env.XDG_CACHE_HOME = join(folder, 'cache')
  const seconds = runInTurns(subjects, rounds)
  printRatios(
    subjects
      .filter(({ name }) => name.startsWith('bednet') || name.startsWith('load'))
      .map(({ name, of = 'node -e 0', budget }) => {
        return { what: name, ratio: medianRatio(seconds[name], seconds[of]), of, budget }
      }),
  )
}

/** A copy of the package with a command of its own, so that dist/ is what it was. */
async function prepare(folder) {
  await buildCommand(join(folder, 'dist/cli'))
  for (const name of ['package.json', 'profiles', 'templates'])
    symlinkSync(join(root, name), join(folder, name))
  const bednet = (...words) => ['node', 'dist/cli/bednet.cjs', ...words]
  const check = bednet('check', '-f', 'profiles/quickstart.yaml')
  const subjects = [
    { name: 'node -e 0', argv: ['node', '-e', '0'] },
    { name: 'bednet --help', argv: bednet('--help'), budget: 1.2 },
    { name: 'bednet --version', argv: bednet('--version'), budget: 1.2 },
    { name: 'yaml and zod', argv: ['node', await bundleReaders(folder)] },
    {
      name: 'bednet check',
      argv: check,
      of: 'yaml and zod',
      budget: 1.3,
    },
    {
      name: 'bednet check, with no code kept',
      argv: ['env', 'XDG_CACHE_HOME=/dev/null', ...check],
      of: 'yaml and zod',
    },
    ...verbs().map(verb => {
      const argv = bednet(verb, ...(endsAtOnce[verb] ?? ['-f', 'absent.yaml']))
      return { name: `load of ${verb}`, argv, ends: [0, 1, 65], budget: 1.8 }
    }),
  ]
  return subjects.map(subject => ({ ...subject, cwd: folder }))
}

/** The floor of `check`: a process that imports what it must have, bundled alike, and does nothing. */
async function bundleReaders(folder) {
  const outfile = join(folder, 'readers.cjs')
  // What src/profile/ takes of both, so that no more and no less of them is in the bundle.
  const zod = 'NEVER array boolean enum int literal record strictObject string toJSONSchema union'
  const contents = `
    import { Composer, Lexer, LineCounter, Parser } from 'yaml'
    import * as zod from 'zod'
    globalThis.imported = [Composer, Lexer, LineCounter, Parser]
    globalThis.imported.push(${zod.replaceAll(/\w+/g, 'zod.$&,')})
  `
  await build({ ...commandSettings, stdin: { contents, resolveDir: root }, outfile })
  return outfile
}

function verbs() {
  return readdirSync(join(root, 'src/cli/verbs')).map(file => basename(file, '.ts'))
}

/** With what a verb does next to nothing once it is loaded; the others miss their profile. */
const endsAtOnce = {
  import: ['absent.crt', '-f', 'absent.yaml'],
  init: ['profiles/starter.yaml'],
  schema: [],
  completion: ['bash'],
  version: [],
}
