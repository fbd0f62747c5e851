import { type Refusal, show } from './refusal.js'

/**
 * Reads a topic filter that a role may subscribe to: valid in MQTT, writable into an ACL file, and
 * of one meaning on Mosquitto 2.0 and 2.1.
 */
export function readTopicFilter(text: string): string | Refusal {
  return faults.map(fault => fault(text)).find(refusal => refusal !== undefined) ?? text
}

/** Reads a topic filter that a role may publish to. */
export function readPublishFilter(text: string): string | Refusal {
  if (/^\$SYS(?:\/|$)/.test(text)) {
    return refuse(
      text,
      'cannot be published to',
      'Mosquitto refuses every write to $SYS; leave it out',
    )
  }
  return readTopicFilter(text)
}

type Fault = (text: string) => Refusal | undefined

const isEmpty: Fault = text =>
  text === '' ? refuse(text, 'is empty', 'write a topic, such as sensors/%u/#') : undefined

// The ACL file trims blanks, so the rule would be about another topic.
const hasOuterBlanks: Fault = text =>
  text.trim() !== text
    ? refuse(text, 'has blanks around it', 'remove them; the ACL file would')
    : undefined

// C0, C1, lone surrogates and non-characters: MQTT lets a broker close the connection for them,
// and a line feed would begin a rule of its own.
const forbidden = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u2028\u2029]/u

const hasForbiddenCharacters: Fault = text =>
  forbidden.test(text)
    ? refuse(text, 'holds a character that no topic may hold', 'remove the control character')
    : undefined

const hasBrokenWildcard: Fault = text => {
  const levels = text.split('/')
  if (levels.slice(0, -1).some(level => level.includes('#'))) {
    return refuse(text, 'has "#" before its end', 'put "#" last, as a level of its own: sensors/#')
  }
  if (levels.every(level => level.length === 1 || !/[+#]/.test(level))) return undefined
  return refuse(
    text,
    'has "+" or "#" as part of a level',
    'a wildcard is a whole level: sensors/+/state, sensors/#',
  )
}

// Mosquitto 2.0 matches prefix-%u, 2.1 never does: a rule that would vanish with an upgrade.
const hasBrokenName: Fault = text =>
  text.split('/').some(level => level.includes('%u') && level !== '%u')
    ? refuse(text, 'has "%u" as part of a level', 'make it a level of its own: sensors/%u/state')
    : undefined

const hasClientId: Fault = text =>
  text.includes('%c')
    ? refuse(
        text,
        'has "%c" in it',
        'write %u, the client’s proven name; a client id proves nothing',
      )
    : undefined

const isShared: Fault = text =>
  /^\$share(?:\/|$)/.test(text)
    ? refuse(
        text,
        'is a shared subscription',
        'name the topic itself; whoever may read it may share it',
      )
    : undefined

const isTooLong: Fault = text =>
  new TextEncoder().encode(text).length > longestBytes || text.split('/').length > mostLevels
    ? refuse(
        text,
        'is too long',
        `use at most ${String(mostLevels)} levels and ${String(longestBytes)} bytes`,
      )
    : undefined

const mostLevels = 200
// MQTT's own limit is 65,535, less what %u may grow into.
const longestBytes = 65_000

const faults: readonly Fault[] = [
  isEmpty,
  hasForbiddenCharacters,
  hasOuterBlanks,
  hasBrokenWildcard,
  hasBrokenName,
  hasClientId,
  isShared,
  isTooLong,
]

function refuse(text: string, what: string, hint: string): Refusal {
  return { message: `topic filter ${show(text)} ${what}`, hint }
}
