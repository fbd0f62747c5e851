import { BednetError, type ErrorCode } from '../error.js'
import type { ExitCode } from './verb.js'

/** What the process ends with after this error. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof BednetError ? codes[error.code] : failure
}

/** As `--help` lists them. */
export const exitCodes: readonly (readonly [ExitCode, string])[] = [
  [0, 'done, or nothing to do'],
  [1, 'failure'],
  [2, 'plan or status found changes or drift'],
  [3, 'verification failed'],
  [4, 'something expires within the window'],
  [5, 'the lock is held by another bednet'],
  [6, 'the host key is unknown or has changed'],
  [64, 'wrong usage of the command line'],
  [65, 'mistakes in the profile'],
  [77, 'permission denied'],
  [130, 'interrupted'],
]

const failure = 1

const codes: Readonly<Record<ErrorCode, ExitCode>> = {
  USAGE: 64,
  PROFILE_UNREADABLE: 65,
  LIST_UNREADABLE: 65,
  PROFILE_INVALID: 65,
  SECRET_MISSING: failure,
  SECRET_WRONG: failure,
  KEY_UNREADABLE: failure,
  CERTIFICATE_UNREADABLE: failure,
  REQUEST_REFUSED: failure,
  NAME_REUSED: failure,
  NAME_UNKNOWN: failure,
  VAULT_DAMAGED: failure,
  VAULT_UNWRITABLE: failure,
  LOCK_HELD: 5,
  AUTHORITY_CHANGED: failure,
  HOST_UNREACHABLE: failure,
  HOST_KEY_UNKNOWN: 6,
  HOST_KEY_CHANGED: 6,
  HOST_LOGIN_REFUSED: failure,
  HOST_ANSWER_INVALID: failure,
  HOST_UNSUPPORTED: failure,
  PERMISSION_DENIED: 77,
  CONFLICT: failure,
  TRANSACTION_FAILED: failure,
  NOT_CONVERGED: failure,
  TOOL_MISSING: failure,
  TEMPLATE_INVALID: failure,
  PLAN_OUTDATED: failure,
  CANCELLED: 130,
}
