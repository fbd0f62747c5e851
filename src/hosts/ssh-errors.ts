import { BednetError } from '../error.js'

/** What messages about one host are made of. */
export interface SshNames {
  /** `ubuntu@mqtt.example.org:22` */
  readonly address: string
  /** The ssh command that tries the same. */
  readonly sshLine: string
}

/** No connection came about. */
export function unreachable({ address, sshLine }: SshNames, cause: unknown): BednetError {
  if (cause instanceof BednetError) return cause
  return new BednetError('HOST_UNREACHABLE', `cannot reach ${address}: ${reasonOf(cause)}`, {
    at: address,
    hint: `check that "${sshLine}" works from here`,
    cause,
  })
}

/** There was a connection, and it is gone. */
export function connectionLost({ address }: SshNames, cause: unknown): BednetError {
  return new BednetError(
    'HOST_UNREACHABLE',
    `lost the connection to ${address}: ${reasonOf(cause)}`,
    { at: address, hint: 'run the same command again: it goes on from what it finds', cause },
  )
}

/** The host answered and did not want any key. */
export function loginRefused(
  { address, sshLine }: SshNames,
  tried: { readonly keys: readonly string[]; readonly offers: readonly string[] },
  cause: unknown,
): BednetError {
  const keys = tried.keys.length === 0 ? 'no key to offer' : `tried ${tried.keys.join(', ')}`
  const offers = tried.offers.length === 0 ? '' : `; it takes ${tried.offers.join(', ')}`
  const tooMany = reasonOf(cause).includes('Too many')
  return new BednetError('HOST_LOGIN_REFUSED', `${address} refused the login: ${keys}${offers}`, {
    at: address,
    hint: tooMany
      ? 'it takes no more keys in one login: name the right one by IdentityFile, with IdentitiesOnly yes'
      : `bednet logs in by key only: check that "${sshLine} -o BatchMode=yes" works from here`,
    cause,
  })
}

/** A port on the far side that a tunnel did not reach. */
export function forwardRefused({ address }: SshNames, target: string, cause: unknown): BednetError {
  const reason = isFailure(cause) ? cause.reason : undefined
  if (reason === forwardingProhibited) {
    return new BednetError('HOST_UNSUPPORTED', `${address} forbids a tunnel to ${target}`, {
      at: address,
      hint: 'set AllowTcpForwarding to local in its sshd_config',
      cause,
    })
  }
  return new BednetError(
    'HOST_UNREACHABLE',
    `${address} cannot connect to ${target}: ${reasonOf(cause)}`,
    { at: address, hint: `look there with "ss -ltn" whether anything listens on it`, cause },
  )
}

/** One sentence for a person, from what Node and ssh2 throw. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  // A name with several addresses fails as an AggregateError, whose message is empty.
  return reasons[code] ?? (cause.message === '' ? code : cause.message)
}

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED */
const forwardingProhibited = 1

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve (no answer from the name server)',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to its network',
  ECONNRESET: 'it broke the connection off',
  ETIMEDOUT: 'no answer',
}

function isFailure(cause: unknown): cause is Error & { readonly reason: unknown } {
  return cause instanceof Error && 'reason' in cause
}
