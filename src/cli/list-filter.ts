import { BednetError } from '../error.js'
import { suggest } from '../profile/nearest.js'
import type { Call } from './verb.js'

/** What a filter looks at. */
interface Filtered {
  readonly name: string
  readonly role: string | undefined
  readonly state: string
  readonly labels: Readonly<Record<string, string>> | undefined
}

/** What can be asked for. */
interface Askable {
  readonly states: readonly string[]
  readonly roles: readonly string[]
  readonly rows: readonly Filtered[]
}

/**
 * What a command line asks for: any of the names, and all of the rest.
 * @throws BednetError USAGE for a state that there is not, or a label without its value;
 *   NAME_UNKNOWN for a name or role that there is not: an empty list would look like an answer
 */
export function listFilter(
  { names, options }: Pick<Call, 'names' | 'options'>,
  { states, roles, rows }: Askable,
): (row: Filtered) => boolean {
  const { role } = options
  refuseUnknownNames(names, rows)
  if (role !== undefined && !roles.includes(role) && rows.every(row => row.role !== role))
    throw unknown('role', role, roles)
  const state = options.state === undefined ? undefined : readState(options.state, states)
  const labels = options.labels.map(readLabel)
  const isNamed = nameMatcher(names)
  return row =>
    (role === undefined || row.role === role) &&
    (state === undefined || row.state === state) &&
    labels.every(([key, value]) => row.labels?.[key] === value) &&
    isNamed(row.name)
}

function refuseUnknownNames(names: readonly string[], rows: readonly Filtered[]): void {
  if (names.length === 0) return
  const known = new Set(rows.map(({ name }) => name))
  const odd = names.find(name => !name.includes('*') && !known.has(name))
  if (odd !== undefined) throw unknown('name', odd, [...known])
}

function unknown(what: string, typed: string, known: readonly string[]): BednetError {
  return new BednetError('NAME_UNKNOWN', `there is no ${what} "${typed}" here`, {
    hint:
      suggest(typed, known) ?? 'see "bednet list" for all there are; * stands for any characters',
  })
}

/** `*` stands for any characters, also none; there is no other pattern. */
function nameMatcher(names: readonly string[]): (name: string) => boolean {
  if (names.length === 0) return () => true
  const exact = new Set(names.filter(name => !name.includes('*')))
  const patterns = names
    .filter(name => name.includes('*'))
    .map(name => new RegExp(`^${name.split('*').map(escaped).join('.*')}$`))
  return name => exact.has(name) || patterns.some(pattern => pattern.test(name))
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
}

/** `not-issued` is `not issued`, which a shell would take for two words. */
function readState(typed: string, states: readonly string[]): string {
  const state = typed.replaceAll('-', ' ')
  if (states.includes(state)) return state
  const spelled = states.map(each => each.replaceAll(' ', '-'))
  throw new BednetError('USAGE', `--state: there is no state "${typed}"`, {
    hint: suggest(typed, spelled) ?? `one of ${spelled.join(', ')}`,
  })
}

function readLabel(typed: string): readonly [string, string] {
  const at = typed.indexOf('=')
  if (at > 0) return [typed.slice(0, at), typed.slice(at + 1)]
  throw new BednetError('USAGE', `--label takes KEY=VALUE, not "${typed}"`, {
    hint: 'e.g. --label "place=hall 1"',
  })
}
