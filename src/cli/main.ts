#!/usr/bin/env node
import { enableCompileCache } from './compile-cache.js'
import { run } from './run.js'
import { isTerminal, openSink } from './sink.js'
import { whenStopped } from './stop.js'

const code = await run(process.argv.slice(2), {
  environment: process.env,
  stdout: openSink('stdout'),
  stderr: openSink('stderr'),
  isAttended: () => isTerminal(0) && isTerminal(2),
  keepCompiledCode: () => {
    enableCompileCache(process.env)
  },
  whenStopped: () => whenStopped(process),
})
// A connection left open must not keep a finished command alive.
process.exit(code)
