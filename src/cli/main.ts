#!/usr/bin/env node
import module from 'node:module'
import { isatty } from 'node:tty'
import { run } from './run.js'
import { openSink } from './sink.js'
import { whenStopped } from './stop.js'

// Node 22 and later keep what they compiled: of the verbs, which are loaded from here on.
const { enableCompileCache } = module as { readonly enableCompileCache?: () => void }
enableCompileCache?.()

const code = await run(process.argv.slice(2), {
  environment: process.env,
  stdout: openSink('stdout'),
  stderr: openSink('stderr'),
  isTerminal: isatty(0) && isatty(2),
  whenStopped: () => whenStopped(process),
})
// A connection left open must not keep a finished command alive.
process.exit(code)
