import type { Change, Plan } from './resource.js'

const signs = { create: '+', update: '~', delete: '-' } as const

/** The plan for a person: a line per change with its reason, conflicts and notes, then a count. */
export function describePlan(plan: Plan): readonly string[] {
  return [
    `broker ${plan.broker}`,
    ...plan.changes.flatMap(change => [
      `  ${describeChange(change)}`,
      ...(change.diff ?? []).map(line => `      ${line}`),
    ]),
    ...sameLine(plan),
    ...effectLines(plan),
    ...plan.notes.map(note => `  ! ${note}`),
    ...plan.conflicts.flatMap(({ at, message, hint }) => [
      `  x ${at}: ${message}`,
      `    hint: ${hint}`,
    ]),
    `  ${countLine(plan)}`,
  ]
}

/** `+ file acl: not on the host`. */
export function describeChange({ action, resource, because }: Change): string {
  return `${signs[action]} ${resource}: ${because}`
}

/** Who notices: clients by port, and who gets through the firewall. */
function effectLines({ service, sessions, firewall }: Plan): readonly string[] {
  const { opens, closes } = firewall
  const connected = sessions.map(
    ({ port, connected: count }) => `${String(count)} on port ${String(port)}`,
  )
  const fate = service.action === 'restart' ? 'they end' : 'they stay'
  return [
    ...(service.action === 'nothing' || connected.length === 0
      ? []
      : [`  > connected now: ${connected.join(', ')}; ${fate}`]),
    ...(opens.length === 0 ? [] : [`  > the firewall opens ${opens.join(', ')}`]),
    // What enabling it closes stands in the notes, a line for each.
    ...(closes.length === 0 || firewall.enable
      ? []
      : [`  > the firewall closes ${closes.join(', ')}`]),
  ]
}

/** One line, so that what is right never hides what is not. */
function sameLine({ same }: Plan): readonly string[] {
  const counts = [
    counted(same.files, 'file'),
    counted(same.firewallRules, 'firewall rule'),
    counted(same.packages, 'package'),
  ].filter(words => words !== undefined)
  if (counts.length === 0) return []
  const isOne = same.files + same.firewallRules + same.packages === 1
  return [`  = ${counts.join(', ')} as ${isOne ? 'it' : 'they'} should be`]
}

function counted(count: number, word: string): string | undefined {
  if (count === 0) return undefined
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`
}

function countLine({ changes, conflicts }: Plan): string {
  const count = (action: Change['action']): string =>
    String(changes.filter(change => change.action === action).length)
  const plural = conflicts.length === 1 ? '' : 's'
  const refused = conflicts.length > 0 ? `, ${String(conflicts.length)} conflict${plural}` : ''
  if (changes.length === 0) return `nothing to change${refused}`
  return `${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete${refused}`
}
