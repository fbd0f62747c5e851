import { describe, expect, test } from 'vitest'

import { openLocal } from '../../src/hosts/local.js'
import { asLoginCommand, asRoot, parseGrant } from '../../src/hosts/sudo.js'
import { sudoContract } from '../contract/sudo.js'

// Over ssh it is in sudo.real.ts.
sudoContract('on this machine', ({ path, ask, sudoPassword }) =>
  Promise.resolve(openLocal({ world: { environment: { PATH: path }, ask }, sudoPassword })),
)

test('a script that no host could be given is refused before it is sent', () => {
  expect(asLoginCommand(asRoot(`: ${'x'.repeat(90_000)}`)).length).toBeLessThan(128 * 1024)
  expect(() => asLoginCommand(asRoot(`: ${'x'.repeat(100_000)}`))).toThrow(
    expect.objectContaining({
      code: 'HOST_UNSUPPORTED',
      message: expect.stringMatching(/^a script of 13\d{4} bytes is too long$/) as unknown,
    }),
  )
})

describe('the line that comes first', () => {
  test.each([
    ['bednet-shell: granted already-root', { kind: 'granted', way: 'already-root' }],
    [
      'bednet-shell: refused password-needed sudo: a password is required ',
      {
        kind: 'refused',
        reason: 'password-needed',
        said: 'sudo: a password is required',
      },
    ],
    ['bednet-shell: refused no-sudo ', { kind: 'refused', reason: 'no-sudo', said: '' }],
    ['bednet-shell: granted by-magic', undefined],
    ['bednet-shell: refused why', undefined],
    ['bednet-shell:', undefined],
    ['Welcome to Ubuntu', undefined],
    ['', undefined],
  ])('%s', (line, grant) => {
    expect(parseGrant(line)).toEqual(grant)
  })
})
