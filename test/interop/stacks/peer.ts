import type { Question } from '../question.js'
import { runTool } from '../run-tool.js'
import { accepted, refused, type Answer, type Stack } from '../stack.js'

interface Peer {
  readonly name: string
  /** Makes the program, where it has to be made. */
  readonly build?: readonly string[]
  readonly run: readonly string[]
  /** The Debian package that says the version, where the library does not. */
  readonly packageName?: string
}

/** A stack that is asked by a small program of ours, in `peers/`. */
export function peer({ name, build, run, packageName }: Peer): Stack {
  let built: Promise<void> | undefined
  const ready = () => (built ??= build === undefined ? Promise.resolve() : make(build))
  return {
    name,
    version: async () => {
      if (packageName !== undefined) return await packageVersion(packageName)
      await ready()
      return (await runTool([...run, '--version'])).stdout.trim()
    },
    answer: async questions => {
      await ready()
      const { stdout, output } = await runTool(run, questions.map(line).join(''))
      const answers = answersIn(stdout)
      if (answers.size < questions.length) throw new Error(`${name} ended early: ${output}`)
      return answers
    },
  }
}

async function make(argv: readonly string[]): Promise<void> {
  const { status, output } = await runTool(argv)
  if (status !== 0) throw new Error(`"${argv.join(' ')}" failed: ${output}`)
}

async function packageVersion(name: string): Promise<string> {
  const asked = ['dpkg-query', '--show', '--showformat=${source:Upstream-Version}', name]
  const { stdout } = await runTool(asked)
  return stdout.replace(/\+dfsg.*/, '')
}

/** The fields of `peers/question.h`, in its order. */
function line({ id, ask }: Question): string {
  const fields =
    ask.verb === 'chain'
      ? [undefined, ask.anchors, ask.chain, ask.key, ask.shown, ask.purpose, undefined, ask.revoked]
      : [
          String(ask.port),
          ask.anchors,
          ask.chain,
          ask.key,
          undefined,
          undefined,
          ask.name,
          undefined,
        ]
  return `${[id, ask.verb, ...fields.map(field => field ?? '-')].join('\t')}\n`
}

function answersIn(stdout: string): ReadonlyMap<string, Answer> {
  const lines = stdout.split('\n').filter(each => each.includes('\t'))
  return new Map(
    lines.map(each => {
      const [id = '', ...said] = each.split('\t')
      const text = said.join(' ')
      return [id, text === 'accepted' ? accepted : refused(text)]
    }),
  )
}
