#!/usr/bin/env node
// What is started. The command itself is `main.ts`, in one script whose compiled code is kept from one
// run to the next: compiling what a verb needs took longer than all that most verbs do.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script, constants } from 'node:vm'
import { keepCode, keptCode } from './kept-code.js'
import type { main } from './main.js'

/** The file beside this one that is `main.ts`, named by its content; the build fills it in. */
declare const mainFile: string

/** What the build puts around `main.ts`. */
type Wrapper = (module: object, require: NodeJS.Require, folder: string) => void

const path = join(__dirname, mainFile)
const words = process.argv.slice(2)
const [first = ''] = words
// A verb needs the same functions each time, so each has code of its own.
const kept = { build: mainFile, use: /^[a-z]+$/.test(first) ? first : 'other' }
const cachedData = keptCode(kept, process.env)
const script = new Script(readFileSync(path, 'latin1'), {
  filename: path,
  ...(cachedData && { cachedData }),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
})
const module = {} as { readonly exports: { readonly main: typeof main } }
;(script.runInThisContext() as Wrapper)(module, require, __dirname)

void module.exports.main(words).then(code => {
  const isKept = cachedData !== undefined && script.cachedDataRejected !== true
  // What nobody meant to type is not typed again.
  if (!isKept && code !== usage) keepCode(kept, script.createCachedData(), process.env)
  // A connection left open must not keep a finished command alive.
  process.exit(code)
})
const usage = 64
