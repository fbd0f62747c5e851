import { nearestOf, suggest } from './nearest.js'
import { type Refusal, show } from './refusal.js'
import type { SchemaIssue } from './schema-issue.js'

/** Where in the profile: the keys and indexes from its top. */
export type Path = readonly (string | number)[]

/** A refusal and what it is about: a value, or the key itself. */
export interface Finding extends Refusal {
  readonly path: Path
  readonly target: 'key' | 'value'
  /** The key that should stand in the map at `path`. */
  readonly missing?: string
  /** The key that an unknown one was probably meant to be. */
  readonly meant?: string
}

/**
 * What a schema found below `path`, in words for a person. A value under `password`, `passphrase`,
 * `identity` or `pin` is never shown, whatever is wrong with it, for it may be the secret itself.
 */
export function explain(path: Path, issues: readonly SchemaIssue[]): readonly Finding[] {
  return issues.flatMap(issue => explainIssue(path, issue))
}

/** An unknown key, with the known one that was probably meant. */
export function unknownKey(path: Path, key: string, known: readonly string[]): Finding {
  const meant = nearestOf(key, known)
  const message = `unknown key ${show(withoutSecret(key))}`
  const fault = { path: [...path, key], target: 'key', message } as const
  if (meant === undefined) return { ...fault, hint: `known here: ${known.join(', ')}` }
  return { ...fault, hint: `did you mean "${meant}"?`, meant }
}

/** A required key that is only mistyped is not missing too: one mistake, not two. */
export function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const textOf = (path: Path, key: string) => JSON.stringify([...path, key])
  const meant = new Set(
    findings.flatMap(({ path, meant: key }) => (key ? [textOf(path.slice(0, -1), key)] : [])),
  )
  return findings.filter(({ path, missing: key }) => !key || !meant.has(textOf(path, key)))
}

// "{ password hunter2 }" lacks a colon, and so is all key.
function withoutSecret(key: string): string {
  return key.replace(/^(pass\w*)\W.*$/is, '$1 …')
}

function explainIssue(base: Path, issue: SchemaIssue): readonly Finding[] {
  const path = [
    ...base,
    ...issue.path.map(step => (typeof step === 'number' ? step : String(step))),
  ]
  const depth = path.findIndex((_, index) => isSecret(path, index))
  if (depth !== -1) return [explainSecret(path.slice(0, depth + 1), issue, path.length)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return (issue.keys ?? []).map(key => unknownKey(path, key, issue.message.split(' ')))
    case 'invalid_union':
      return explainUnion(path, issue)
    default:
      return [{ ...whereOf(path, issue), ...wordsOf(path, issue) }]
  }
}

/** A person may have written the secret itself. */
const secretKeys: ReadonlySet<string> = new Set(['password', 'passphrase', 'identity', 'pin'])

/** A user may be called "password"; what is below is no secret for that. */
function isSecret(path: Path, index: number): boolean {
  const isName = index === 1 && path[0] !== 'authority'
  return !isName && secretKeys.has(String(path[index]))
}

/**
 * Only the branch that was meant is worth a word: one that took the value's type, and of maps the one
 * that knows most of its keys.
 */
function explainUnion(path: Path, issue: SchemaIssue): readonly Finding[] {
  const branches = issue.errors ?? []
  const [meant] = branches
    .filter(([first]) => first !== undefined && !isOtherType(first))
    .sort((one, other) => unknownKeys(one) - unknownKeys(other))
  if (meant) return explain(path, meant)
  const forms = branches.flatMap(([first]) => (first ? [formOf(first)] : []))
  return [{ ...whereOf(path, issue), ...wrongForm(path, issue, [...new Set(forms)].join(' or ')) }]
}

function unknownKeys(branch: readonly SchemaIssue[]): number {
  return branch.reduce((count, { keys = [] }) => count + keys.length, 0)
}

function isOtherType(issue: SchemaIssue): boolean {
  return issue.path.length === 0 && /^invalid_(?:type|value)$/.test(issue.code)
}

/** What is missing has no place of its own: its map's stands for it. */
function whereOf(path: Path, issue: SchemaIssue): Omit<Finding, keyof Refusal> {
  const isMissing = issue.input === undefined && issue.code.startsWith('invalid_')
  if (!isMissing) return { path, target: 'value' }
  return { path: path.slice(0, -1), target: 'key', missing: String(path.at(-1)) }
}

function wordsOf(path: Path, issue: SchemaIssue): Refusal {
  const { message, params, input, minimum, maximum } = issue
  switch (issue.code) {
    case 'custom':
      return { message, hint: String(params?.['hint']) }
    case 'too_small':
    case 'too_big':
      return outOfBounds(path, input, { minimum, maximum })
    default:
      return wrongForm(path, issue, formOf(issue))
  }
}

interface Bounds {
  readonly minimum: number | bigint | undefined
  readonly maximum: number | bigint | undefined
}

function outOfBounds(path: Path, input: unknown, { minimum, maximum }: Bounds): Refusal {
  const label = labelOf(path)
  if (Array.isArray(input)) return { message: `${label} is empty`, hint: 'give it an entry' }
  const bound = minimum === undefined ? `${String(maximum)} or less` : `${String(minimum)} or more`
  return { message: `${label} is ${show(input)}`, hint: `it must be ${bound}` }
}

function wrongForm(path: Path, issue: SchemaIssue, form: string): Refusal {
  const { input, values = [], message: advice } = issue
  const label = labelOf(path)
  if (input === undefined) {
    return {
      message: `${label} is missing`,
      hint: `add it: ${String(path.at(-1))}: ${exampleOf(form)}`,
    }
  }
  if (input === null) {
    return { message: `${label} is empty`, hint: `write ${form}, or remove the line` }
  }
  const message = `${label} is ${describe(input, form)}`
  // Where it is not zod's, the message is the schema's own advice.
  if (!advice.startsWith('Invalid')) return { message, hint: advice }
  if (form === 'text' && (typeof input === 'number' || typeof input === 'boolean')) {
    return { message, hint: `put it in quotes: "${String(input)}"` }
  }
  const near = typeof input === 'string' ? suggest(input, values.map(String)) : undefined
  return { message, hint: near ?? `it must be ${form}` }
}

// Where a map or a list belongs, a text may be a secret on the wrong level.
function describe(input: unknown, form: string): string {
  return form === 'a map' && typeof input === 'string' ? 'text' : show(input)
}

function exampleOf(form: string): string {
  return form === 'text' ? '…' : form
}

function formOf({ expected, values }: SchemaIssue): string {
  if (values) return values.map(value => `"${String(value)}"`).join(' or ')
  return forms.get(expected ?? '') ?? 'something else'
}

const forms = new Map([
  ['string', 'text'],
  ['number', 'a whole number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map'],
  ['record', 'a map'],
])

function labelOf(path: Path): string {
  const last = path.findLast(step => typeof step === 'string') ?? 'the profile'
  const index = path.at(-1)
  return typeof index === 'number' ? `entry ${String(index + 1)} of "${last}"` : `"${last}"`
}

function explainSecret(path: Path, { input }: SchemaIssue, depth: number): Finding {
  const isLiteral = depth === path.length && ['string', 'number', 'bigint'].includes(typeof input)
  const message = isLiteral
    ? `${labelOf(path)} is written into the profile, where everybody who sees the file can read it`
    : `${labelOf(path)} does not say where the secret comes from`
  const forms = drawnKeys.has(String(path.at(-1)))
    ? `${heldForms}, prompt or generated`
    : `${heldForms} or prompt`
  const hint = isLiteral ? `${forms}; and change it if others saw the file` : forms
  return { path, target: 'value', message, hint }
}

const heldForms = 'write { env: NAME }, { file: PATH }'

/** Those that bednet can draw; the others somebody has. */
const drawnKeys: ReadonlySet<string> = new Set(['password', 'passphrase'])
