import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { examples, runExample, takesLong } from './examples.js'

test.each(examples.filter(takesLong))('of $name: says what it comes to, and does', runExample)

/** Slower than running them by seconds, and so not among the fast ones. */
test('the examples in the docstrings have right types under the settings of this project', () => {
  const root = join(import.meta.dirname, '../..')
  const parsed = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, configHost)
  const options = { ...parsed?.options, paths: { 'bednet/pki': [join(root, 'src/pki/index.ts')] } }
  // Beside the package, so that the name `bednet/pki` can be led to the source.
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
