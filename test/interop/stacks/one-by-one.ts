import type { Chain, Handshake, Question } from '../question.js'
import type { Answer, Stack } from '../stack.js'

interface Ways {
  readonly chain: (ask: Chain) => Promise<Answer>
  readonly handshake: (ask: Handshake) => Promise<Answer>
}

/** For a stack that is asked by its own command, once for each question. */
export function oneByOne({ chain, handshake }: Ways): Stack['answer'] {
  return async questions => {
    const answers = new Map<string, Answer>()
    for (const question of questions) answers.set(question.id, await answer(question))
    return answers
  }

  function answer({ ask }: Question): Promise<Answer> {
    return ask.verb === 'chain' ? chain(ask) : handshake(ask)
  }
}
