import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { mistakesOf, read, soundProfile } from './read.js'

const tarball = new Uint8Array([0x1f, 0x8b, 0xff, 0])
const sha256 = createHash('sha256').update(tarball).digest('hex')
const armoured =
  '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n'
const files = {
  'mosquitto.tar.gz': tarball,
  'up.asc': armoured,
  'private.asc': armoured.replaceAll('PUBLIC', 'PRIVATE'),
}
const withInstall = (value: string) => `${soundProfile}install: ${value}\n`

test.each([[''], ['install: apt\n']])('by apt: %j', line => {
  const { source, archive } = read(soundProfile + line)
  expect({ source, archive }).toEqual({ source: undefined, archive: undefined })
})

test('from the archive of its developers', () => {
  const { archive } = read(withInstall('ppa'))
  expect(archive).toMatchObject({ isForUbuntu: true, suite: undefined, key: undefined })
  expect(archive?.fingerprint).toMatch(/^[0-9A-F]{40}$/)
  expect(archive?.url).toMatch(/^https:.*mosquitto-ppa/)
})

test('from another archive, with a key beside the profile', () => {
  const words =
    '{ archive: https://upstream.test/debian/, suite: stable, origin: Up Stream, key: up.asc }'
  const { archive } = read(withInstall(words), { 'up.asc': armoured })
  expect(archive).toEqual({
    url: 'https://upstream.test/debian',
    suite: 'stable',
    origin: 'Up Stream',
    key: armoured,
    fingerprint: undefined,
    isForUbuntu: false,
  })
})

test('a fingerprint may be written in groups, and stand for the key', () => {
  const fingerprint = 'f00d '.repeat(10).trim()
  const { archive } = read(
    withInstall(`{ archive: file:/a, origin: Up, fingerprint: ${fingerprint} }`),
  )
  expect(archive).toMatchObject({ key: undefined, fingerprint: 'F00D'.repeat(10) })
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
  ['{ archive: https://a.test/d, key: up.asc }', [/"origin" is missing/]],
  ['{ archive: https://a.test/d, origin: Up }', [/nothing says which key.*"key: FILE"/]],
  ['{ archive: https://me:pw@a.test/d, origin: Up, key: up.asc }', [/is no address of an archive/]],
  ['{ archive: ppa, origin: Up, key: up.asc }', [/"ppa" is no address/]],
  ['{ archive: file:/a, origin: Debian, key: up.asc }', [/the host's own archive.*install: apt/]],
  ['{ archive: file:/a, origin: raspbian, key: up.asc }', [/the host's own archive/]],
  ['{ archive: file:/a, origin: "a,b=c", key: up.asc }', [/"a,b=c" is no origin/]],
  ['{ archive: file:/a, origin: Up, suite: ../x, key: up.asc }', [/"..\/x" is no suite/]],
  ['{ archive: file:/a, origin: Up, key: none.asc }', [/key "none.asc" cannot be read/]],
  ['{ archive: file:/a, origin: Up, key: private.asc }', [/is no public key in ASCII armour/]],
  ['{ archive: file:/a, origin: Up, fingerprint: F00D }', [/"F00D" is no fingerprint/]],
  ['{ archive: file:/a, origin: Up, keys: up.asc }', [/unknown key "keys".*did you mean "key"/]],
])('%s', (value, expected) => {
  const mistakes = mistakesOf(withInstall(value), files)
  expect(mistakes).toHaveLength(expected.length)
  for (const [index, pattern] of expected.entries()) expect(mistakes[index]).toMatch(pattern)
})
