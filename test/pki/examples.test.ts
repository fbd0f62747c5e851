import { describe, expect, test } from 'vitest'
import * as pki from '../../src/pki/index.js'
import { examples, faceNames, faceTypes, runExample, takesLong } from './examples.js'

// What the face hands on from the root files, where it is documented.
const fromElsewhere = ['BednetError', 'Secret', 'KeyAlgorithm']

describe('the examples in the docstrings', () => {
  test.each(examples.filter(example => !takesLong(example)))(
    'of $name: says what it comes to, and does',
    runExample,
  )

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
