import { transformSync } from 'esbuild'
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import * as pki from '../../src/pki/index.js'
import { examples, faceNames, faceTypes } from './examples.js'

type Load = (name: string) => Promise<unknown>
type Equal = (actual: unknown, expected: unknown) => void

// What the face hands on from the root files, where it is documented.
const fromElsewhere = ['BednetError', 'Secret', 'KeyAlgorithm']

describe('the examples in the docstrings', () => {
  test.each(examples)('of $name: says what it comes to, and does', async ({ code }) => {
    let assertions = 0
    const run = runInThisContext(toJavaScript(code)) as (load: Load, equal: Equal) => Promise<void>
    await run(load, (actual, expected) => {
      assertions += 1
      expect(actual).toEqual(expected)
    })
    expect(assertions).toBe(code.split(' // => ').length - 1)
    expect(assertions).toBeGreaterThan(0)
  })

  test('there is one for each function of the face', () => {
    const functions = faceNames.filter(name => !isExempt(name) && !faceTypes.includes(name))
    expect(functions).toEqual(Object.keys(pki).filter(name => !isExempt(name)))
    expect(functions.filter(name => !examples.some(example => example.name === name))).toEqual([])
  })

  test.each(faceTypes.filter(name => !isExempt(name)))('one of them uses the type %s', name => {
    expect(examples.some(({ code }) => new RegExp(`\\b${name}\\b`).test(code))).toBe(true)
  })
})

function isExempt(name: string): boolean {
  return fromElsewhere.includes(name)
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
