import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { BednetError } from '../src/error.js'
import { Secret } from '../src/secret.js'

const poison = 'correct-horse-battery-staple'
const secret = new Secret(poison)

/** What a careless line may do with a value. */
const shown: Readonly<Record<string, (value: unknown) => string>> = {
  'String()': value => String(value),
  'a template': value => `password: ${value as string}`,
  '+': value => 'password: ' + (value as string),
  'toString()': value => (value as Secret).toString(),
  'JSON.stringify': value => JSON.stringify(value),
  'JSON of an object with it': value => JSON.stringify({ user: 'a', password: value }),
  'JSON of a list with it': value => JSON.stringify([[value]], undefined, 2),
  inspect: value => inspect(value),
  'inspect, showing everything': value =>
    inspect({ value }, { showHidden: true, getters: true, depth: Infinity, customInspect: false }),
  'inspect of a map': value => inspect(new Map([[value, { value }]]), { depth: Infinity }),
  'format %s': value => format('%s', value),
  'format %o': value => format('%o', value),
  'format %O': value => format('%O', { value }),
  'format %j': value => format('%j', value),
  'console.log': value => logged(value),
  'console.table': value => logged([{ value }], 'table'),
  'the message of an error': value => new Error(`wrong: ${value as string}`).stack ?? '',
  'the cause of an error': value => inspect(new BednetError('USAGE', 'wrong', { cause: value })),
  'keys and values': value => JSON.stringify(Object.entries(value as object)),
  'a copy': value => inspect({ ...(value as object) }, { showHidden: true }),
  'a structured clone': value => inspect(structuredClone({ value }), { depth: Infinity }),
  'join()': value => [value, value].join(),
  encodeURIComponent: value => encodeURIComponent(value as string),
}

test.each(Object.entries(shown))('a secret is not shown by %s', (_, show) => {
  expect(show(secret)).not.toContain(poison)
})

/** Positive control: the same ways do show what is no secret, as far as they show a value at all. */
test.each(Object.entries(shown))('what is no secret is shown by %s', (_, show) => {
  expect(show(new Careless(poison))).toContain(poison)
})

test.each(['String()', 'JSON.stringify', 'inspect', 'format %s', 'console.log'])(
  '%s says that it is one',
  way => {
    expect(shown[way]?.(secret).trim().replaceAll('"', '')).toBe('[secret]')
  },
)

test('a secret may be used', () => {
  expect(secret.reveal()).toBe(poison)
  expect(new Secret('').reveal()).toBe('')
})

/** Has what a secret has, except for what keeps it from being shown. */
class Careless {
  readonly value: string

  constructor(value: string) {
    this.value = value
  }

  toString(): string {
    return this.value
  }
}

function logged(value: unknown, way: 'log' | 'table' = 'log'): string {
  let text = ''
  const sink = new Writable({
    write(chunk, _, done) {
      text += String(chunk)
      done()
    },
  })
  new Console(sink)[way](value)
  return text
}
