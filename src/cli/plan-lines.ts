import type { Due, DueKind } from '../operations/due.js'
import { describePlan } from '../plan/describe.js'
import type { Plan } from '../plan/resource.js'
import { printable } from './printable.js'
import type { Paint } from './verb.js'

/** What would be issued, then what would change on each host, with the reasons. */
export function planLines(
  due: readonly Due[],
  plans: readonly Plan[],
  paint: Paint,
): readonly string[] {
  return [
    ...(due.length === 0 ? [] : ['vault', ...dueLines(due).map(line => `  ${line}`)]),
    ...plans.flatMap(describePlan),
  ].map(line => paintSign(printable(line), paint))
}

/** What is due for one reason is one line, however many devices it is about. */
export function dueLines(due: readonly Due[]): readonly string[] {
  const groups = new Map<string, Due[]>()
  for (const each of due) {
    const key = `${each.kind} ${each.replaces === undefined ? '' : 'again'} ${each.because}`
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()].map(group => {
    const [first] = group
    if (first === undefined) return ''
    return `${signOf(first)} ${words[first.kind]} ${namesOf(group)}: ${first.because}${serialWords(group)}`
  })
}

function signOf({ kind, replaces }: Due): string {
  if (kind === 'revocation') return '-'
  if (kind === 'request') return '!'
  return replaces === undefined ? '+' : '~'
}

function serialWords(group: readonly Due[]): string {
  if (group[0]?.kind === 'request') return ''
  const [serial, ...more] = group.flatMap(({ replaces }) => replaces ?? [])
  if (serial === undefined) return ''
  return more.length === 0
    ? `; in place of serial ${serial}`
    : `; in place of ${String(more.length + 1)} serials`
}

const words: Readonly<Record<DueKind, string>> = {
  authority: 'authority',
  broker: 'certificate of broker',
  canary: 'certificate of',
  device: 'certificate of device',
  files: 'files of device',
  password: 'password hash of',
  request: 'a new signing request is needed of device',
  revocation: 'revoke',
  'revocation-list': 'revocation list',
}

const mostNames = 6

function namesOf(group: readonly Due[]): string {
  const names = group.map(({ name }) => name)
  if (names.length <= mostNames) return names.join(', ')
  return `${String(names[0])} … ${String(names.at(-1))} (${String(names.length)})`
}

const diffIndent = 6

function paintSign(line: string, paint: Paint): string {
  const ofDiff = line.startsWith(' '.repeat(diffIndent)) ? line.slice(diffIndent) : ''
  if (ofDiff.startsWith('-')) return `${' '.repeat(diffIndent)}${paint.red(ofDiff)}`
  if (ofDiff.startsWith('+')) return `${' '.repeat(diffIndent)}${paint.green(ofDiff)}`
  const [, indent = '', sign = '', rest = ''] = /^( *)(?:([+~!=x-]) )?([^]*)$/.exec(line) ?? []
  switch (sign) {
    case '+':
      return `${indent}${paint.green('+')} ${rest}`
    case '~':
    case '!':
      return `${indent}${paint.yellow(sign)} ${rest}`
    case '=':
      return paint.dim(line)
    case '-':
    case 'x':
      return `${indent}${paint.red(sign)} ${rest}`
    default:
      return line
  }
}
