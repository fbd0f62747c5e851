import type { Question } from './question.js'

/** Accepted, or why not, in the stack's own words. */
export type Answer =
  { readonly accepted: true } | { readonly accepted: false; readonly why: string }

/** One implementation of TLS and X.509: a column of the matrix. */
export interface Stack {
  readonly name: string
  /** As it names itself. */
  readonly version: () => Promise<string>
  /** Answers by the question's id. Whatever has no answer counts as neither. */
  readonly answer: (questions: readonly Question[]) => Promise<ReadonlyMap<string, Answer>>
}

export const accepted: Answer = { accepted: true }

export function refused(why: string): Answer {
  const [line = ''] = why.split('\n').filter(each => each.trim() !== '')
  return { accepted: false, why: line.trim() || 'no reason given' }
}
