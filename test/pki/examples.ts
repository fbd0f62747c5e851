import { transformSync } from 'esbuild'
import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { expect } from 'vitest'
import * as pki from '../../src/pki/index.js'

interface Example {
  /** The export whose docstring it stands in. */
  readonly name: string
  readonly code: string
}

const room = new URL('../../src/pki/', import.meta.url)
const face = read('./index.js')

/** What `bednet/pki` exports, types included. */
export const faceNames = [...face.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
  .flatMap(([, names = '']) => names.split(','))
  .map(name => name.replace('type', '').trim())
  .filter(name => name !== '')

/** Of those, the types. */
export const faceTypes = [
  ...[...face.matchAll(/\btype (\w+)/g)].map(([, name = '']) => name),
  ...[...face.matchAll(/^export type \{ (\w+) \}/gm)].map(([, name = '']) => name),
]

/** Every example in the docstrings of the face's files: code in a fence after `@example`. */
export const examples: readonly Example[] = [...face.matchAll(/from '(\.\/[^']+)'/g)].flatMap(
  ([, file = '']) => examplesIn(read(file)),
)

/** It encrypts a key, or makes one of RSA: tenths of a second each. */
export function takesLong({ code }: Example): boolean {
  return /new Secret\(|'rsa/.test(code)
}

/** Runs the code; each `expression // => value` in it must be so. */
export async function runExample({ code }: Example): Promise<void> {
  let assertions = 0
  const run = runInThisContext(toJavaScript(code)) as (load: Load, equal: Equal) => Promise<void>
  await run(load, (actual, expected) => {
    assertions += 1
    expect(actual).toEqual(expected)
  })
  expect(assertions).toBe(code.split(' // => ').length - 1)
  expect(assertions).toBeGreaterThan(0)
}

type Load = (name: string) => Promise<unknown>
type Equal = (actual: unknown, expected: unknown) => void

function examplesIn(source: string): readonly Example[] {
  const documented = /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport (?:async )?(?:function|const) (\w+)/g
  return [...source.matchAll(documented)].flatMap(([, comment = '', name = '']) => {
    const [, code] = /@example\n \* ```ts\n([^]*?) \* ```/.exec(comment) ?? []
    return code === undefined ? [] : [{ name, code: code.replaceAll(/^ \* ?/gm, '') }]
  })
}

function read(file: string): string {
  return readFileSync(new URL(file.replace(/\.js$/, '.ts'), room), 'utf8')
}

/** `expression // => value` becomes an assertion, and an import a call that a script may make. */
function toJavaScript(code: string): string {
  const body = code
    .replaceAll(/^import type .*$/gm, '')
    .replaceAll(/^import (\{.*\}) from ('.*')$/gm, (_all, names: string, from: string) => {
      return `const ${names.replaceAll(/,? ?\btype \w+/g, '')} = await load(${from})`
    })
    .replaceAll(/^(.+) \/\/ => (.+)$/gm, 'equal($1, $2)')
  return transformSync(`(async (load, equal) => {${body}})`, { loader: 'ts' }).code
}

async function load(name: string): Promise<unknown> {
  return name === 'bednet/pki' ? pki : import(name)
}
