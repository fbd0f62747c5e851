import { transformSync } from 'esbuild'
import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { expect } from 'vitest'
import * as bednet from '../../src/index.js'
import * as pki from '../../src/pki/index.js'

/** A public face of the package: what it exports, and the examples in its docstrings. */
interface Face {
  /** What it exports, types included. */
  readonly names: readonly string[]
  readonly types: readonly string[]
  readonly examples: readonly Example[]
}

interface Example {
  /** The export whose docstring it stands in. */
  readonly name: string
  readonly code: string
}

/** Reads a face from its source. */
export function readFace(source: URL): Face {
  const text = readFileSync(source, 'utf8')
  const names = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, list = '']) => list.split(','))
    .map(name => name.replace('type', '').trim())
    .filter(name => name !== '')
  const types = [
    ...[...text.matchAll(/\btype (\w+)/g)].map(([, name = '']) => name),
    ...[...text.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(([, list = '']) =>
      list.split(',').map(name => name.trim()),
    ),
  ]
  const examples = [...text.matchAll(/from '(\.\/[^']+)'/g)].flatMap(([, file = '']) =>
    examplesIn(readFileSync(new URL(file.replace(/\.js$/, '.ts'), source), 'utf8')),
  )
  return { names, types, examples: examples.filter(({ name }) => names.includes(name)) }
}

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

/** Code in a fence after `@example`. */
function examplesIn(source: string): readonly Example[] {
  const documented = /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport (?:async )?(?:function|const) (\w+)/g
  return [...source.matchAll(documented)].flatMap(([, comment = '', name = '']) => {
    const [, code] = /@example\n \* ```ts\n([^]*?) \* ```/.exec(comment) ?? []
    return code === undefined ? [] : [{ name, code: code.replaceAll(/^ \* ?/gm, '') }]
  })
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

const faces: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['bednet', bednet],
  ['bednet/pki', pki],
])

async function load(name: string): Promise<unknown> {
  return faces.get(name) ?? (await import(name))
}
