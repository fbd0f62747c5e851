import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exitCodeOf, exitCodes } from '../../src/cli/exit-code.js'
import { BednetError, type ErrorCode } from '../../src/error.js'

const cases: Readonly<Record<ErrorCode, number>> = {
  USAGE: 64,
  PROFILE_UNREADABLE: 65,
  PROFILE_INVALID: 65,
  LIST_UNREADABLE: 65,
  SECRET_MISSING: 1,
  SECRET_WRONG: 1,
  KEY_UNREADABLE: 1,
  CERTIFICATE_UNREADABLE: 1,
  REQUEST_REFUSED: 1,
  NAME_REUSED: 1,
  NAME_UNKNOWN: 1,
  VAULT_DAMAGED: 1,
  VAULT_UNWRITABLE: 1,
  LOCK_HELD: 5,
  AUTHORITY_CHANGED: 1,
  HOST_UNREACHABLE: 1,
  HOST_KEY_UNKNOWN: 6,
  HOST_KEY_CHANGED: 6,
  HOST_LOGIN_REFUSED: 1,
  HOST_ANSWER_INVALID: 1,
  HOST_UNSUPPORTED: 1,
  PERMISSION_DENIED: 77,
  CONFLICT: 1,
  TRANSACTION_FAILED: 1,
  NOT_CONVERGED: 1,
  TOOL_MISSING: 1,
  TEMPLATE_INVALID: 1,
  PLAN_OUTDATED: 1,
  CANCELLED: 130,
}

test.each(Object.entries(cases))('%s ends with %i', (code, exitCode) => {
  expect(exitCodeOf(new BednetError(code as ErrorCode, 'x'))).toBe(exitCode)
})

test('the table above has every code that error.ts has', () => {
  const source = readFileSync(new URL('../../src/error.ts', import.meta.url), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'$/gm)].map(([, code]) => code)
  expect(codes).toEqual(Object.keys(cases))
})

test.each([new TypeError('x'), 'x', undefined])('an error of another kind ends with 1', error => {
  expect(exitCodeOf(error)).toBe(1)
})

test('--help says what each of them means', () => {
  const told = exitCodes.map(([code]) => code)
  expect(Object.values(cases).filter(code => !told.some(one => one === code))).toEqual([])
})
