import type { KeyAlgorithm } from '../../src/algorithm.js'
import type { Limit } from './limits.js'
import type { Kind, Question } from './question.js'
import type { Ran, Said } from './run.js'

/** What has come out, as `--json` prints it. */
export interface Matrix {
  readonly clean: boolean
  readonly stacks: readonly { readonly name: string; readonly version: string }[]
  readonly rows: readonly Row[]
  /** Cells by their result. */
  readonly cells: Readonly<Record<Cell['result'], number>>
  /** What had to be refused, and was. */
  readonly controlsRefused: number
}

interface Row {
  readonly kind: Kind
  readonly algorithm: KeyAlgorithm
  /** One for each stack, in their order. */
  readonly cells: readonly Cell[]
}

export interface Cell {
  readonly stack: string
  /** `cannot` is what a stack is known to be unable to do, and has shown to be. */
  readonly result: 'accepts' | 'cannot' | 'fails'
  /** Why it fails or cannot; of one that accepts, what it does not look at. */
  readonly reasons: readonly string[]
}

/** Holds what was said against what had to be, but for the limits of a stack. */
export function makeMatrix({ questions, said }: Ran, limits: readonly Limit[]): Matrix {
  const rows = rowsOf(questions).map(({ kind, algorithm }) => {
    const asked = questions.filter(each => each.kind === kind && each.algorithm === algorithm)
    return { kind, algorithm, cells: said.map(each => makeCell(each, asked, limits)) }
  })
  const cells = rows.flatMap(row => row.cells)
  const count = (result: Cell['result']) => cells.filter(cell => cell.result === result).length
  return {
    clean: cells.length > 0 && count('fails') === 0,
    stacks: said.map(({ stack, version }) => ({ name: stack, version })),
    rows,
    cells: { accepts: count('accepts'), cannot: count('cannot'), fails: count('fails') },
    controlsRefused: said.reduce((sum, each) => sum + controlsRefused(each, questions), 0),
  }
}

function rowsOf(questions: readonly Question[]): readonly Pick<Row, 'kind' | 'algorithm'>[] {
  const kinds = [...new Set(questions.map(({ kind }) => kind))]
  const algorithms = [...new Set(questions.map(({ algorithm }) => algorithm))]
  return kinds.flatMap(kind => algorithms.map(algorithm => ({ kind, algorithm })))
}

function makeCell(said: Said, asked: readonly Question[], limits: readonly Limit[]): Cell {
  const verdicts = asked.map(question => {
    const limit = limits.find(each => each.stack === said.stack && each.isAbout(question))
    return { question, limit, fault: faultOf(said, question, limit) }
  })
  const faults = verdicts.flatMap(({ fault }) => fault ?? [])
  const reasons = [...new Set(verdicts.flatMap(({ limit }) => limit?.reason ?? []))]
  const cannot = verdicts.some(({ limit, question }) => limit && question.expected === 'accepted')
  const { stack } = said
  if (asked.length === 0) return { stack, result: 'fails', reasons: ['was asked nothing'] }
  if (faults.length > 0) return { stack, result: 'fails', reasons: faults }
  return { stack, result: cannot ? 'cannot' : 'accepts', reasons }
}

/** What is wrong with an answer, or undefined. */
function faultOf(said: Said, question: Question, limit: Limit | undefined): string | undefined {
  const answer = said.answers.get(question.id)
  if (answer === undefined) return `gave no answer about ${question.what}`
  const isAsExpected = answer.accepted === (question.expected === 'accepted')
  if (limit !== undefined) return isAsExpected ? `it can after all: ${limit.reason}` : undefined
  if (isAsExpected) return undefined
  return answer.accepted ? `accepts ${question.what}` : `refuses ${question.what}: ${answer.why}`
}

function controlsRefused({ answers }: Said, questions: readonly Question[]): number {
  const controls = questions.filter(({ expected }) => expected === 'refused')
  return controls.filter(({ id }) => answers.get(id)?.accepted === false).length
}
