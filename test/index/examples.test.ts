import { describe, expect, test } from 'vitest'
import * as bednet from '../../src/index.js'
import * as pki from '../../src/pki/index.js'
import { readFace, runExample, takesLong } from './face.js'

// What a face hands on from the root files, where it is documented.
const fromElsewhere = ['BednetError', 'Secret', 'KeyAlgorithm']

describe.each([
  { face: 'bednet', source: '../../src/index.ts', exported: bednet },
  { face: 'bednet/pki', source: '../../src/pki/index.ts', exported: pki },
])('the examples in the docstrings of $face', ({ source, exported }) => {
  const { names, types, examples } = readFace(new URL(source, import.meta.url))

  test.each(examples.filter(example => !takesLong(example)))(
    'of $name: says what it comes to, and does',
    runExample,
  )

  test('there is one for each function of the face', () => {
    const functions = names.filter(name => !isExempt(name) && !types.includes(name))
    expect([...functions].sort()).toEqual(
      Object.keys(exported)
        .filter(name => !isExempt(name))
        .sort(),
    )
    expect(functions.filter(name => !examples.some(example => example.name === name))).toEqual([])
  })

  test.each(types.filter(name => !isExempt(name)))('one of them uses the type %s', name => {
    expect(examples.some(({ code }) => new RegExp(`\\b${name}\\b`).test(code))).toBe(true)
  })
})

function isExempt(name: string): boolean {
  return fromElsewhere.includes(name)
}
