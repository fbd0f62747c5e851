/** Why a value is refused. Both parts are for people; neither may hold a secret. */
export interface Refusal {
  /** What is wrong, with the value. */
  readonly message: string
  /** What to do next. */
  readonly hint: string
}

/** Reads one text of a profile: the value it stands for, or why it is refused. */
export type Reader<Value> = (text: string) => Value | Refusal

/** Tells a refusal from any value a reader can yield. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'message' in value && 'hint' in value
}

/**
 * A value of the profile as a message shows it: text in quotes, at most 60 characters and with
 * nothing invisible in it; of a list or a map only what it is, for it may hold a secret deeper down.
 */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'a map' : 'nothing'
}

const longestShown = 60

function quote(text: string): string {
  const shown = text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
  return JSON.stringify(shown).replace(invisible, escape)
}

// JSON leaves these as they are, and a terminal obeys some and hides the others.
const invisible = /[\u007f-\u009f\u2028\u2029\ufeff]|\p{Cf}/gu

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
