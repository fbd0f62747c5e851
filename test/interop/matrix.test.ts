import { describe, expect, test } from 'vitest'
import { limits, type Limit } from './limits.js'
import { makeMatrix } from './matrix.js'
import { kinds, questions, type Question } from './question.js'
import { accepted, refused, type Answer } from './stack.js'
import { table } from './table.js'

const side = (name: string) => {
  const path = (file: string) => `${name}/${file}.pem`
  const leaves = { broker: path('broker'), client: path('client'), lost: path('lost') }
  return {
    root: path('root'),
    leaves: { ...leaves, brokerAndRoot: path('both'), tampered: path('tampered') },
    issuing: path('issuing'),
    below: { broker: path('broker-below'), client: path('client-below') },
    permitted: { named: path('named'), addressed: path('both'), outside: path('outside') },
    ...{ key: path('key'), list: path('list'), listBelow: path('list-below') },
  }
}
const site = { algorithm: 'p256', ours: side('ours'), foreign: side('foreign') } as const
const ports = { ours: 1, foreign: 2, below: 3, foreignBelow: 4, named: 5, addressed: 6, outside: 7 }
const asked = questions(site, ports)

const asTheyMust = ({ expected }: Question) => (expected === 'accepted' ? accepted : refused('no'))

describe('a stack is held against what had to come out', () => {
  test('one that answers as it must is clean', () => {
    const matrix = matrixOf(asTheyMust)
    expect(matrix).toMatchObject({
      clean: true,
      cells: { accepts: kinds.length, cannot: 0, fails: 0 },
    })
    expect(matrix.controlsRefused).toBe(asked.filter(each => each.expected === 'refused').length)
  })

  test.each<[string, (question: Question) => Answer | undefined]>([
    ['accepts everything', () => accepted],
    ['refuses everything', () => refused('no')],
    ['says nothing', () => undefined],
  ])('one that %s fails in every cell', (_what, answer) => {
    expect(matrixOf(answer)).toMatchObject({
      clean: false,
      cells: { accepts: 0, fails: kinds.length },
    })
  })

  test.each(asked.map(each => [`${each.kind}: ${each.what}`, each] as const))(
    'one that is wrong about one thing fails by it: %s',
    (_name, question) => {
      const wrong = question.expected === 'accepted' ? refused('too old') : accepted
      const matrix = matrixOf(each => (each === question ? wrong : asTheyMust(each)))
      expect(matrix).toMatchObject({ clean: false, cells: { accepts: kinds.length - 1, fails: 1 } })
      const said = wrong.accepted ? `accepts ${question.what}` : `refuses ${question.what}: too old`
      expect(table(matrix)).toContain(`X some, ${question.kind}, p256: ${said}`)
    },
  )

  test('no question asked is not clean', () => {
    expect(makeMatrix({ questions: [], said: [] }, []).clean).toBe(false)
  })
})

describe('what a stack cannot do', () => {
  const limit: Limit = {
    stack: 'some',
    isAbout: ({ kind, expected }) => kind === 'client' && expected === 'accepted',
    reason: 'some has no clients',
  }

  test('is shown with its reason, where it shows', () => {
    const matrix = matrixOf(
      each => (limit.isAbout(each) ? refused('?') : asTheyMust(each)),
      [limit],
    )
    expect(matrix).toMatchObject({
      clean: true,
      cells: { accepts: kinds.length - 1, cannot: 1, fails: 0 },
    })
    expect(table(matrix)).toContain('- some has no clients')
  })

  test('is a failure, where it can after all', () => {
    const matrix = matrixOf(asTheyMust, [limit])
    expect(matrix).toMatchObject({ clean: false, cells: { accepts: kinds.length - 1, fails: 1 } })
    expect(table(matrix)).toContain('it can after all: some has no clients')
  })

  test('is never to keep out what is foreign or revoked', () => {
    const grave = asked.filter(({ what }) => /foreign|revoked|broken/.test(what))
    expect(grave.length).toBeGreaterThan(4)
    expect(grave.filter(each => limits.some(({ isAbout }) => isAbout(each)))).toEqual([])
  })
})

function matrixOf(
  answer: (question: Question) => Answer | undefined,
  known: readonly Limit[] = [],
): ReturnType<typeof makeMatrix> {
  const answers = new Map(
    asked.flatMap(each => {
      const given = answer(each)
      return given === undefined ? [] : [[each.id, given] as const]
    }),
  )
  return makeMatrix({ questions: asked, said: [{ stack: 'some', version: '1', answers }] }, known)
}
