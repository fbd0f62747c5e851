#!/usr/bin/env node
import module from 'node:module'
import { isatty } from 'node:tty'
import { whenStopped } from './stop.js'

// Node 22 and later keep what they compiled; only what is imported after this gains from it.
const { enableCompileCache } = module as { readonly enableCompileCache?: () => void }
enableCompileCache?.()
const { run } = await import('./run.js')

const { argv, env, stdout, stderr } = process
const code = await run(argv.slice(2), {
  environment: env,
  stdout,
  stderr,
  isTerminal: isatty(0) && isatty(2),
  stopped: whenStopped(process),
})

// A connection left open must not keep a finished command alive. Nothing written is lost: POSIX
// systems write to files, pipes and terminals at once.
process.exit(code)
