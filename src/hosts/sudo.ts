import { shellWord } from '../command.js'
import { BednetError } from '../error.js'

/** By which way a script became root. */
export type RootWay = 'already-root' | 'without-password' | 'with-password'

/** The first thing a host says: the script runs as root now, or why it may not. */
export type Grant =
  | { readonly kind: 'granted'; readonly way: RootWay }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly said: string }

type RefusalReason = 'no-sudo' | 'password-needed' | 'password-refused'

/**
 * A sh text that runs `script` as root. The first line of its stdin is the sudo password (empty for
 * none), the rest is the script's own stdin; it says a line for `parseGrant` before the script
 * starts, and noise of a login shell may stand before that.
 *
 * - Without a password sudo is asked once, for it costs more than most scripts. It says no on stderr,
 *   and whoever has read `asksSudo` and then no grant knows whose no it is.
 * - With one, sudo is asked about `sh` before it runs the script, and the password is tried with
 *   nothing behind it: sudo takes what follows a wrong password for the next guess.
 * - `-k` makes sudo want the password always, so that it is never left for the script to read.
 * - The password is only in a variable and in `printf`, which is part of the shell: not in argv,
 *   and not in the environment either, for which the name is freed first.
 */
export function asRoot(script: string): string {
  return `unset password; IFS= read -r password
script=${shellWord(`printf '\\n%s\\n' "${grantMark} granted $2"; set -- "$1"; ${script}`)}
refuse() {
  printf '\\n%s\\n' "${grantMark} refused $1 $(printf %s "$2" | tr '\\n' ' ')"
  exit ${String(refusedCode)}
}
if [ "$(id -u)" = 0 ]; then exec sh -c "$script" bednet "$SSH_CONNECTION" already-root; fi
command -v sudo >/dev/null 2>&1 || refuse no-sudo
if [ -z "$password" ]; then
  printf '\\n%s\\n' "${asksSudo}"
  export LC_ALL=C
  exec sudo -n sh -c "$script" bednet "$SSH_CONNECTION" without-password
fi
if said=$(LC_ALL=C sudo -n sh -c : 2>&1 </dev/null); then
  exec sudo -n sh -c "$script" bednet "$SSH_CONNECTION" without-password
fi
said=$(printf '%s\\n' "$password" | LC_ALL=C sudo -k -S -p '' sh -c : 2>&1) ||
  refuse password-refused "$said"
{ printf '%s\\n' "$password"; unset password; exec cat; } |
  sudo -k -S -p '' sh -c "$script" bednet "$SSH_CONNECTION" with-password
`
}

/** The same for a login shell that may be fish or csh: no quote, newline or backslash to read. */
export function asLoginCommand(shellText: string): string {
  const encoded = Buffer.from(shellText).toString('base64')
  const line = `sh -c 'eval "$(echo ${encoded} | base64 -d)"'`
  if (line.length < argumentLimitBytes) return line
  throw new BednetError(
    'HOST_UNSUPPORTED',
    `a script of ${String(line.length)} bytes is too long`,
    {
      hint: 'Linux takes 128 KiB in one argument: fewer listeners, users or roles make it shorter',
    },
  )
}

/** Reads the line that `asRoot` says first; undefined for any other line. */
export function parseGrant(line: string): Grant | undefined {
  if (!line.startsWith(`${grantMark} `)) return undefined
  const [kind, word = '', ...said] = line.slice(grantMark.length + 1).split(' ')
  const way = ways.find(each => each === word)
  if (kind === 'granted' && way !== undefined) return { kind, way }
  const reason = reasons.find(each => each === word)
  if (kind !== 'refused' || reason === undefined) return undefined
  return { kind, reason, said: said.join(' ').trim() }
}

/** Why the script could not become root, and what a person can do about it. */
export function refusal(grant: Grant & { kind: 'refused' }, address: string): BednetError {
  const { reason, said } = grant
  const quoted = said === '' ? '' : ` (it says: ${said})`
  const denied = (message: string, hint: string): BednetError =>
    new BednetError('PERMISSION_DENIED', `${message}${quoted}`, { at: address, hint })
  if (/not in the sudoers|not allowed|may not run|can't do that/.test(said)) {
    return denied(
      `sudo does not let this user become root on ${address}`,
      'add the user to the group "sudo" there, or log in as one who may',
    )
  }
  if (reason === 'no-sudo') {
    return denied(
      `${address} is not a root login and has no sudo`,
      'log in as root, or install sudo there',
    )
  }
  if (reason === 'password-needed') {
    return denied(
      `sudo on ${address} needs a password and none was given`,
      `put it into $${sudoPasswordVariable}, or allow the user NOPASSWD in /etc/sudoers.d`,
    )
  }
  return denied(
    `sudo on ${address} refused the password`,
    `correct $${sudoPasswordVariable}; it was tried once and will not be tried again`,
  )
}

/** MAX_ARG_STRLEN of Linux. */
const argumentLimitBytes = 128 * 1024
/** Where the password comes from: named in hints only. */
const sudoPasswordVariable = 'BEDNET_SUDO_PASSWORD'
const grantMark = 'bednet-shell:'
/** Said where sudo is asked for the script itself. */
export const asksSudo = `${grantMark} asks`
/** EX_NOPERM. */
const refusedCode = 77

const ways = ['already-root', 'without-password', 'with-password'] as const
const reasons = ['no-sudo', 'password-needed', 'password-refused'] as const
