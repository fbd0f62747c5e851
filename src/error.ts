/** Every way bednet can fail, by the stable name that `--json` prints. */
export type ErrorCode =
  | 'USAGE'
  | 'PROFILE_UNREADABLE'
  | 'PROFILE_INVALID'
  | 'LIST_UNREADABLE'
  | 'SECRET_MISSING'
  | 'SECRET_WRONG'
  | 'KEY_UNREADABLE'
  | 'CERTIFICATE_UNREADABLE'
  | 'REQUEST_REFUSED'
  | 'NAME_REUSED'
  | 'NAME_UNKNOWN'
  | 'VAULT_DAMAGED'
  | 'VAULT_UNWRITABLE'
  | 'LOCK_HELD'
  | 'AUTHORITY_CHANGED'
  | 'HOST_UNREACHABLE'
  | 'HOST_KEY_UNKNOWN'
  | 'HOST_KEY_CHANGED'
  | 'HOST_LOGIN_REFUSED'
  | 'HOST_ANSWER_INVALID'
  | 'HOST_UNSUPPORTED'
  | 'PERMISSION_DENIED'
  | 'CONFLICT'
  | 'TRANSACTION_FAILED'
  | 'NOT_CONVERGED'
  | 'TOOL_MISSING'
  | 'TEMPLATE_INVALID'
  | 'PLAN_OUTDATED'
  | 'CANCELLED'

/** One mistake in a file a person wrote. */
export interface Mistake {
  /** `file:line:column`, both counted from 1. */
  readonly at: string
  /** What is wrong, with the value. */
  readonly message: string
  /** What to do next. */
  readonly hint: string
}

interface ErrorDetails {
  /** Where: `file:line:column`, a broker, a host. */
  readonly at?: string
  /** What the reader can do next. */
  readonly hint?: string
  readonly cause?: unknown
  /** All mistakes of one file, in its order, with PROFILE_INVALID; REQUEST_REFUSED: of each request. */
  readonly mistakes?: readonly Mistake[]
}

/** The one error class: what happened, where, and what to do next. */
export class BednetError extends Error {
  readonly code: ErrorCode
  readonly at: string | undefined
  readonly hint: string | undefined
  readonly mistakes: readonly Mistake[]

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'BednetError'
    this.code = code
    this.at = details.at
    this.hint = details.hint
    this.mistakes = details.mistakes ?? []
  }
}
