/** What a client does: it is handed a message, or sends one. */
export type Way = 'read' | 'write'

export interface Attempt {
  readonly name: string
  readonly way: Way
  readonly topic: string
}

interface Rule {
  readonly access: string
  readonly topic: string
}

/**
 * What Mosquitto lets pass with an ACL file: its rules once more, written from how it was seen to
 * judge and from nothing in `src/`, so that both must be wrong in the same way to agree.
 */
export function judge(acl: string): (attempt: Attempt) => boolean {
  const { users, patterns } = parse(acl)
  return ({ name, ...message }) =>
    decide(users.get(name) ?? [], message) ?? decide(patterns.map(filled(name)), message) ?? false
}

/** A filter against a topic, MQTT 5, section 4.7. */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') !== filter.startsWith('$')) return false
  const levels = filter.split('/').map(level => {
    if (level === '+') return '/[^/]*'
    return level === '#' ? '(?:/.*)?' : `/${level.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`
  })
  return new RegExp(`^${levels.join('')}$`).test(`/${topic}`)
}

/** Denials first, then grants in the order of the file; one decides only if it covers the way. */
function decide(
  rules: readonly Rule[],
  { way, topic }: Omit<Attempt, 'name'>,
): boolean | undefined {
  const matching = rules.filter(rule => matches(rule.topic, topic))
  if (matching.some(rule => rule.access === 'deny')) return false
  const granting = matching.some(rule => rule.access === way || rule.access === 'readwrite')
  return granting ? true : undefined
}

function filled(name: string): (rule: Rule) => Rule {
  return ({ access, topic }) => ({ access, topic: topic.replaceAll('%u', name) })
}

function parse(acl: string): { users: Map<string, Rule[]>; patterns: Rule[] } {
  const users = new Map<string, Rule[]>()
  const patterns: Rule[] = []
  // Lines above the first `user` are for anonymous clients.
  let current: Rule[] = []
  for (const line of acl.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, word, rest] = /^(user|topic|pattern) (.+)$/.exec(line) ?? []
    if (word === undefined || rest === undefined) throw new Error(`no line of an ACL: ${line}`)
    if (word === 'user') {
      current = users.get(rest) ?? []
      users.set(rest, current)
      continue
    }
    const [, access, topic] = /^(read|write|readwrite|deny) (.+)$/.exec(rest) ?? []
    if (access === undefined || topic === undefined) throw new Error(`no rule: ${line}`)
    ;(word === 'topic' ? current : patterns).push({ access, topic })
  }
  return { users, patterns }
}
