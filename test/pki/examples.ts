import { readFileSync } from 'node:fs'

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
