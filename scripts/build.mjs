// Builds what is published: the command as one folder of chunks with all packages in it, and the two
// faces of the library with their types. `node scripts/build.mjs [FOLDER]`, else into dist/.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  metafile: true,
  logLevel: 'warning',
}

/** Handlebars asks for it to map templates that are compiled ahead, and does without where it is not. */
const withoutSourceMaps = {
  name: 'without-source-maps',
  setup({ onResolve, onLoad }) {
    const namespace = 'absent'
    onResolve({ filter: /^source-map$/ }, ({ path }) => ({ path, namespace }))
    onLoad({ filter: /./, namespace }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** How all that starts as a process is bundled. */
export const commandSettings = {
  ...common,
  // Names stay, for the stack traces of --verbose.
  minifyWhitespace: true,
  minifySyntax: true,
  // Packages in CommonJS inside ask for Node's own modules by `require`, and ssh2 for where it is.
  banner: {
    js: [
      "import{createRequire}from'node:module';const require=createRequire(import.meta.url),",
      '__filename=import.meta.filename,__dirname=import.meta.dirname;',
    ].join(''),
  },
  // Optional native code of ssh2; it catches their absence and does without.
  external: ['cpu-features', '*.node'],
  plugins: [withoutSourceMaps],
}

/**
 * The command as `FOLDER/main.js` and a chunk for each verb: what a verb does not need is not read.
 * Returns what esbuild tells of it.
 */
export async function buildCommand(folder) {
  const { metafile } = await build({
    ...commandSettings,
    entryPoints: { main: join(root, 'src/cli/main.ts') },
    outdir: folder,
    splitting: true,
  })
  return metafile
}

async function buildFaces(folder) {
  await build({
    ...common,
    entryPoints: { index: join(root, 'src/index.ts'), 'pki/index': join(root, 'src/pki/index.ts') },
    outdir: folder,
    splitting: true,
    chunkNames: 'shared/[hash]',
    packages: 'external',
  })
  writeDeclarations(folder)
}

/** The types of the faces. Whether they are right is for `npm run check:types`, and not asked again. */
function writeDeclarations(folder) {
  const overrides = { noEmit: false, noCheck: true, emitDeclarationOnly: true, outDir: folder }
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), overrides, ts.sys)
  const faces = ['src/index.ts', 'src/pki/index.ts'].map(face => join(root, face))
  const options = { ...config.options, rootDir: join(root, 'src') }
  const { diagnostics } = ts.createProgram(faces, options).emit()
  if (diagnostics.length > 0)
    throw new Error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost({})))
}

async function main([target = 'dist']) {
  const folder = resolve(root, target)
  // Beside its place first: who runs the command meanwhile has the old one, or the new one.
  const draft = `${folder}.new`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true })
  await Promise.all([buildCommand(join(draft, 'cli')), buildFaces(draft)])
  chmodSync(join(draft, 'cli/main.js'), 0o755)
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
  const chunks = readdirSync(join(folder, 'cli'))
  const bytes = chunks.reduce((sum, name) => sum + statSync(join(folder, 'cli', name)).size, 0)
  console.log(
    `built ${target}: the command (${chunks.length} chunks, ${Math.round(bytes / 1000)} kB), bednet, bednet/pki`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
