import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseDocument } from '../../src/profile/document.js'
import { profileJsonSchema } from '../../src/profile/schema.js'

const profiles = new URL('../../profiles/', import.meta.url)

test('profiles/profile.schema.json is what the schema says', () => {
  const file = new URL('profile.schema.json', profiles)
  const current = `${JSON.stringify(profileJsonSchema(), null, 2)}\n`
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, current)
  expect(readFileSync(file, 'utf8')).toBe(current)
})

test('every key of the schema stands in reference.yaml, and the other way round', () => {
  const text = readFileSync(new URL('reference.yaml', profiles), 'utf8')
  const document = parseDocument('reference.yaml', text)
  const written = 'content' in document ? keysOfContent(document.content) : new Set()
  // Stands for "passphrase", and so cannot stand beside it.
  const inSchema = [...keysOfSchema(profileJsonSchema())].filter(key => !key.endsWith('.custody'))
  expect(text).toMatch(/^ *# +custody:/m)
  expect([...written].sort()).toEqual([...inSchema].sort())
  expect(inSchema.length).toBeGreaterThan(40)
})

test('every key says what it is for', () => {
  expect(undescribed(profileJsonSchema())).toEqual([])
})

type Json = Readonly<Record<string, unknown>>

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is a word or a map: secrets look alike everywhere, and reference.yaml tells of each form. */
const isForm = (key: string) => ['password', 'passphrase', 'custody', 'install'].includes(key)

/** `brokers.*.host`, `listeners.*.port` …: names and indexes are one key. */
function keysOfContent(content: unknown, path: readonly string[] = []): Set<string> {
  if (Array.isArray(content)) {
    return new Set(content.flatMap(item => [...keysOfContent(item, [...path, '*'])]))
  }
  if (!isJson(content)) return new Set()
  const isNamed = path.length === 1 && ['brokers', 'users', 'roles'].includes(path[0] ?? '')
  const keys = Object.entries(content).flatMap(([key, value]) => {
    const here = [...path, isNamed ? '*' : key]
    const below = isForm(key) ? [] : keysOfContent(value, here)
    return [...(isNamed ? [] : [here.join('.')]), ...below]
  })
  return new Set(keys)
}

function keysOfSchema(schema: Json, path: readonly string[] = []): Set<string> {
  const properties = isJson(schema['properties']) ? Object.entries(schema['properties']) : []
  const own = properties.flatMap(([key, value]) => [
    [...path, key].join('.'),
    ...(isJson(value) && !isForm(key) ? keysOfSchema(value, [...path, key]) : []),
  ])
  const below = [schema['items'], schema['additionalProperties']]
    .filter(isJson)
    .flatMap(value => [...keysOfSchema(value, [...path, '*'])])
  return new Set([...own, ...below])
}

function undescribed(schema: Json, path: readonly string[] = []): readonly string[] {
  const properties = isJson(schema['properties']) ? Object.entries(schema['properties']) : []
  const own = properties.flatMap(([key, value]) => {
    if (!isJson(value)) return []
    const here = [...path, key]
    const isMute = typeof value['description'] !== 'string'
    return [...(isMute ? [here.join('.')] : []), ...(isForm(key) ? [] : undescribed(value, here))]
  })
  const below = [schema['items'], schema['additionalProperties']].filter(isJson)
  return [...own, ...below.flatMap(value => undescribed(value, [...path, '*']))]
}
