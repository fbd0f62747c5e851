import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { mistakesOf, read, soundProfile } from './read.js'

const tarball = new Uint8Array([0x1f, 0x8b, 0xff, 0])
const sha256 = createHash('sha256').update(tarball).digest('hex')
const files = { 'mosquitto.tar.gz': tarball }
const withInstall = (value: string) => `${soundProfile}install: ${value}\n`

test.each([[''], ['install: apt\n']])('by apt: %j', line => {
  expect(read(soundProfile + line).source).toBeUndefined()
})

test('a source lies beside the profile', () => {
  const profile = withInstall(`{ source: mosquitto.tar.gz, sha256: ${sha256.toUpperCase()} }`)
  const path = '/home/me/greenhouse/mosquitto.tar.gz'
  expect(read(profile, files).source).toEqual({ path, sha256 })
})

test.each<readonly [string, readonly RegExp[]]>([
  ['{ source: mosquitto.tar.gz }', [/"sha256" is missing/]],
  ['{ source: mosquitto.tar.gz, sha256: abc }', [/"abc" is no SHA-256.*sha256sum FILE/s]],
  [
    `{ source: none.tar.gz, sha256: ${sha256} }`,
    [/"none.tar.gz" cannot be read: there is no such/],
  ],
  [
    `{ source: mosquitto.tar.gz, sha256: ${'f'.repeat(64)} }`,
    [new RegExp(`"mosquitto.tar.gz" has another SHA-256: ${sha256}`)],
  ],
  ['{ sha256: abc }', [/"source" is missing/, /no SHA-256/]],
  ['snap', [/install|"snap"/]],
])('%s', (value, expected) => {
  const mistakes = mistakesOf(withInstall(value), files)
  expect(mistakes).toHaveLength(expected.length)
  for (const [index, pattern] of expected.entries()) expect(mistakes[index]).toMatch(pattern)
})
