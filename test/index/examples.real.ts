import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { readFace, runExample, takesLong } from './face.js'

const faces = { bednet: 'src/index.ts', 'bednet/pki': 'src/pki/index.ts' }
const root = join(import.meta.dirname, '../..')
const examples = Object.values(faces).flatMap(
  source => readFace(pathToFileURL(join(root, source))).examples,
)

test.each(examples.filter(takesLong))('of $name: says what it comes to, and does', runExample)

/** Slower than running them by seconds, and so not among the fast ones. */
test('the examples in the docstrings have right types under the settings of this project', () => {
  const parsed = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, configHost)
  const paths = Object.fromEntries(
    Object.entries(faces).map(([name, source]) => [name, [join(root, source)]]),
  )
  const options = { ...parsed?.options, paths }
  // Beside the package, so that the names of the faces can be led to the sources.
  const sources = new Map(
    examples.map(({ name, code }) => [join(root, `${name}.example.ts`), code]),
  )
  const host = withSources(ts.createCompilerHost(options), sources)
  const program = ts.createProgram([...sources.keys()], options, host)
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
  expect(problems).toEqual([])
})

const configHost: ts.ParseConfigFileHost = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
  },
}

function withSources(host: ts.CompilerHost, sources: ReadonlyMap<string, string>): ts.CompilerHost {
  const readFile = (path: string) => sources.get(path) ?? ts.sys.readFile(path)
  return {
    ...host,
    readFile,
    fileExists: path => sources.has(path) || ts.sys.fileExists(path),
    getSourceFile: (path, target) => {
      const text = readFile(path)
      return text === undefined ? undefined : ts.createSourceFile(path, text, target)
    },
  }
}
