import { describe, expect, test } from 'vitest'
import { isWeaker } from '../../src/pki/strength.js'
import { signingRequestsIn } from '../../src/pki/request.js'
import { outcomeOf } from './request-outcome.js'
import { madeRequests, recordedRequest } from './requests.js'

test.each(madeRequests)('$name: $outcome', async ({ name, outcome }) => {
  expect(await outcomeOf(recordedRequest(name))).toBe(outcome)
})

function pem(name: string, label = 'CERTIFICATE REQUEST'): string {
  const base64 = recordedRequest(name).toString('base64')
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`
}

describe('a file', () => {
  test.each([
    ['one, as keytool writes it', pem('plain', 'NEW CERTIFICATE REQUEST'), 1],
    ['several, with text around them', `# two\n${pem('plain')}\n# more\n${pem('p384')}`, 2],
    ['lines that end as on Windows', pem('plain').replaceAll('\n', '\r\n'), 1],
  ])('%s', (_name, text, count) => {
    const requests = signingRequestsIn(text)
    expect(requests.length).toBe(count)
    expect(requests[0]).toEqual(recordedRequest('plain'))
  })

  const key = '-----BEGIN PRIVATE KEY-----\nPLANTED\n-----END PRIVATE KEY-----\n'
  test.each([
    ['nothing', '', 'this is no signing request, neither in PEM nor in DER'],
    ['a key', key, 'there is no signing request, but a block that says "PRIVATE KEY"'],
    ['one that is cut off', pem('plain').slice(0, 200), /but a block that says "CERTIFICATE REQ/],
  ])('%s is refused', async (_name, text, why) => {
    expect(await outcomeOf(text)).toMatch(why)
    expect(await outcomeOf(text)).not.toContain('PLANTED')
  })
})

test.each([
  ['rsa2048', 'p256', true],
  ['rsa3072', 'p256', false],
  ['ed25519', 'p256', false],
  ['p256', 'p384', true],
  ['rsa4096', 'p384', true],
  ['p384', 'rsa4096', false],
] as const)('%s weaker than %s: %s', (one, other, expected) => {
  expect(isWeaker(one, other)).toBe(expected)
})
