import { type Refusal, show } from './refusal.js'

/** Patterns are for editors too: the JSON Schema carries them. */
export const namePatterns = {
  site: '^[a-z0-9][a-z0-9-]{0,31}$',
  broker: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
  // A role's canary is called bednet-canary-ROLE, and a common name has room for 64 characters.
  role: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$',
  // A password file splits each line at its first colon.
  user: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
  // Nothing that means something in a topic filter or an ACL pattern: / + # and blanks.
  device: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$',
  environment: '^[A-Za-z_][A-Za-z0-9_]{0,255}$',
} as const

export type NameKind = keyof typeof namePatterns

/** Reads a name of the given kind; see {@link namePatterns}. */
export function readName(kind: NameKind, text: string): string | Refusal {
  if (!matches(kind, text)) {
    return { message: `${show(text)} is no name for ${kindWords[kind]}`, hint: kindHints[kind] }
  }
  if (kind === 'role') return refuseCanaryRole(text) ?? text
  const isIdentity = kind === 'user' || kind === 'device'
  return isIdentity ? (refuseReserved(text) ?? text) : text
}

/** Reads the common name of a certificate: 1 to 64 visible characters. */
export function readCommonName(text: string): string | Refusal {
  if (/^\S(?:.{0,62}\S)?$/u.test(text) && !unprintable.test(text)) {
    return refuseReserved(text) ?? text
  }
  return {
    message: `${show(text)} is no common name`,
    hint: 'use 1 to 64 visible characters, without blanks around them (X.520 allows no more)',
  }
}

/** Reads the path of a file or folder; what it names is looked at later. */
export function readPath(text: string): string | Refusal {
  if (text.trim() === text && text !== '' && !unprintable.test(text)) return text
  return {
    message: `${show(text)} is no path`,
    hint: 'write a path relative to the profile, without blanks around it or control characters',
  }
}

/** Reads the SHA-256 of a file as `sha256sum` prints it. */
export function readDigest(text: string): string | Refusal {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  return {
    message: `${show(text)} is no SHA-256`,
    hint: 'write the 64 hex digits that "sha256sum FILE" prints',
  }
}

// Control characters and what no UTF-8 reader accepts: they would end a line of a
// configuration file, or hide in one.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const compiled: Readonly<Record<NameKind, RegExp>> = {
  site: new RegExp(namePatterns.site),
  broker: new RegExp(namePatterns.broker),
  role: new RegExp(namePatterns.role),
  user: new RegExp(namePatterns.user),
  device: new RegExp(namePatterns.device),
  environment: new RegExp(namePatterns.environment),
}

function matches(kind: NameKind, text: string): boolean {
  return compiled[kind].test(text)
}

function refuseReserved(text: string): Refusal | undefined {
  if (!text.toLowerCase().startsWith('bednet-canary')) return undefined
  return {
    message: `${show(text)} is reserved`,
    hint: 'bednet proves the broker with clients whose names begin with bednet-canary; choose another',
  }
}

// A role of this name would have a canary that is there already, for another purpose.
const canaryRoles = ['peer', 'revoked', 'expired', 'not-yet-valid', 'other']

function refuseCanaryRole(text: string): Refusal | undefined {
  if (!canaryRoles.includes(text.toLowerCase())) return undefined
  return {
    message: `${show(text)} is reserved`,
    hint: `bednet proves the broker with a client called bednet-canary-${text}; choose another name`,
  }
}

const kindWords: Readonly<Record<NameKind, string>> = {
  site: 'a site',
  broker: 'a broker',
  role: 'a role',
  user: 'a user',
  device: 'a device',
  environment: 'an environment variable',
}

const kindHints: Readonly<Record<NameKind, string>> = {
  site: 'use 1 to 32 lower-case letters, digits and "-", a letter or digit first',
  broker: 'use 1 to 64 letters, digits and "_.-", a letter or digit first',
  role: 'use 1 to 32 letters, digits and "_.-", a letter or digit first',
  user: 'use 1 to 64 letters, digits and "_.-", a letter or digit first; ":" ends a name in a password file',
  device:
    'use 1 to 64 letters, digits and "_.:-", a letter or digit first; "/", "+" and "#" break patterns',
  environment: 'use letters, digits and "_", no digit first',
}
