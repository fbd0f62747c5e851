import { describe, expect, test } from 'vitest'
import {
  hashIterations,
  hashPassword,
  passwordFile,
  saltBytes,
  verifyPassword,
} from '../../src/broker/password.js'
import { Secret } from '../../src/secret.js'

/** Made by `mosquitto_passwd -b` of 2.0.11; the second with `-I 10000`. */
const known = [
  {
    password: 'correct horse',
    salt: '6ZpzcwI9U5SExfwT',
    iterations: 101,
    hash: '$7$101$6ZpzcwI9U5SExfwT$TILy/K5oJspZdM/F1cVLs7x2Te1300HnSIsU9kw7kJa0OsgfLGWsufKoZFARGLF3ZMJTVM01C0a/Tz7ahU4nPQ==',
  },
  {
    password: 'pässword:$7$',
    salt: 'u4gXxUJCtO4aoVrB',
    iterations: 10_000,
    hash: '$7$10000$u4gXxUJCtO4aoVrB$jFQSE7MgdIv7Mk55BtlmgPeBPhJWQ9HLSI6NGMPq9q5fSIz9kRCurkKfNYsb7QEIJgwYxOXXqlEqCegtStUhdw==',
  },
] as const

describe.each(known)('the hash of $password', ({ password, salt, iterations, hash }) => {
  test('is that of mosquitto_passwd', () => {
    const bytes = Buffer.from(salt, 'base64')
    expect(bytes).toHaveLength(saltBytes)
    expect(hashPassword(new Secret(password), bytes, iterations)).toBe(hash)
  })

  test.each([
    [password, true],
    [`${password} `, false],
    ['', false],
  ])('verifies %j: %s', (tried, expected) => {
    expect(verifyPassword(new Secret(tried), hash)).toBe(expected)
  })
})

const [{ password, hash }] = known

test.each([
  ['nothing', ''],
  ['no hash', 'correct horse'],
  ['another kind', hash.replace('$7$', '$6$')],
  ['no digest', '$7$101$6ZpzcwI9U5SExfwT'],
  ['a digest cut short', hash.slice(0, -8)],
  ['an empty digest', '$7$101$6ZpzcwI9U5SExfwT$'],
  ['more iterations', hash.replace('$101$', '$102$')],
  ['no iterations', hash.replace('$101$', '$$')],
  ['iterations that are no number', hash.replace('$101$', '$many$')],
  ['iterations that nobody waits for', hash.replace('$101$', '$99999999999$')],
  ['no iteration at all', hash.replace('$101$', '$0$')],
  ['another salt', hash.replace('6Zpz', '7Zpz')],
])('%s is no match', (_, damaged) => {
  expect(verifyPassword(new Secret(password), damaged)).toBe(false)
  expect(verifyPassword(new Secret(password), hash)).toBe(true)
})

test('a salt of the one length that every version takes, and iterations a broker can bear', () => {
  expect(saltBytes).toBe(12)
  expect(hashIterations).toEqual({ generated: 101, chosen: 10_000 })
})

test('the password file: a line each, in one order whatever came first', async () => {
  const hashes = new Map([
    ['zoe', '$7$101$c$d'],
    ['Zoe', '$7$101$e$f'],
    ['bednet-canary-peer', '$7$101$a$b'],
    ['10', '$7$101$g$h'],
    ['9', '$7$101$i$j'],
  ])
  const text = passwordFile(hashes)
  expect(passwordFile(new Map([...hashes].reverse()))).toBe(text)
  await expect(text).toMatchFileSnapshot('../golden/broker/passwords.txt')
  expect(passwordFile(new Map())).toBe('')
})
