import type { Change, Plan } from './resource.js'

const signs = { create: '+', update: '~', delete: '-' } as const

/** The plan for a person: a line per change with its reason, conflicts and notes, then a count. */
export function describePlan(plan: Plan): readonly string[] {
  return [
    `broker ${plan.broker}`,
    ...plan.changes.map(change => `  ${describeChange(change)}`),
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

function countLine({ changes, conflicts }: Plan): string {
  const count = (action: Change['action']): string =>
    String(changes.filter(change => change.action === action).length)
  const plural = conflicts.length === 1 ? '' : 's'
  const refused = conflicts.length > 0 ? `, ${String(conflicts.length)} conflict${plural}` : ''
  if (changes.length === 0) return `nothing to change${refused}`
  return `${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete${refused}`
}
