// Builds what is published: the command as one folder of chunks with all packages in it, and the two
// faces of the library with their types. `node scripts/build.mjs [FOLDER]`, else into dist/.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
}

/** How all that starts as a process is bundled. */
export const commandSettings = {
  ...common,
  format: 'cjs',
  // Names stay, for the stack traces of --verbose.
  minifyWhitespace: true,
  minifySyntax: true,
}

/**
 * What packages load and nothing here uses: maps of templates that are compiled ahead, and HTTP through
 * ssh, which takes longer to load than the rest of it.
 */
const withoutUnused = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    const namespace = 'absent'
    onResolve({ filter: /^(source-map|\.\/http-agents\.js)$/ }, ({ path }) => ({ path, namespace }))
    onLoad({ filter: /./, namespace }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** The packages that are large and that few verbs need: a file each, read when it is asked for. */
const packagesApart = ['@peculiar/x509', 'age-encryption', 'execa', 'mqtt', 'node-forge']

const fileOfPackage = name => `./package-${basename(name)}.cjs`

const withPackagesApart = {
  name: 'with-packages-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
      packagesApart.includes(path) ? { path: fileOfPackage(path), external: true } : undefined,
    )
  },
}

/**
 * The command into a folder: `bednet.cjs`, which is started; the script that it runs; and packages.
 * One script with all of bednet, because an error or a secret is known by its class.
 */
export async function buildCommand(folder) {
  const [main] = await Promise.all([
    buildMain(folder),
    buildWorker(folder),
    ...packagesApart.map(buildPackage(folder)),
  ])
  await build({
    ...common,
    format: 'cjs',
    entryPoints: [join(root, 'src/cli/bednet.ts')],
    define: { mainFile: JSON.stringify(basename(main)) },
    outfile: join(folder, 'bednet.cjs'),
  })
  chmodSync(join(folder, 'bednet.cjs'), 0o755)
}

/** Answers the path of the script, in whose name is a hash of its content. */
async function buildMain(folder) {
  const { metafile } = await build({
    ...commandSettings,
    metafile: true,
    entryPoints: [join(root, 'src/cli/main.ts')],
    entryNames: '[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    outdir: folder,
    banner: { js: '(function(module,require,__dirname){' },
    footer: { js: '})' },
    define: { 'import.meta.dirname': '__dirname' },
    supported: { 'dynamic-import': false },
    // Optional native code of ssh2; it catches their absence and does without.
    external: ['cpu-features', '*.node'],
    plugins: [withoutUnused, withPackagesApart],
  })
  return Object.keys(metafile.outputs)[0]
}

/** What threads of their own run. */
const buildWorker = folder =>
  build({
    ...commandSettings,
    entryPoints: [join(root, 'src/operations/batch-worker.ts')],
    outfile: join(folder, 'batch-worker.cjs'),
    plugins: [withPackagesApart],
  })

const buildPackage = folder => name =>
  build({
    ...commandSettings,
    stdin: { contents: `module.exports = require('${name}')`, resolveDir: root },
    outfile: join(folder, fileOfPackage(name)),
  })

async function buildFaces(folder) {
  await build({
    ...common,
    format: 'esm',
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
  // Beside its place first: who runs the command meanwhile has the old one, or the new one. A draft
  // for each build, for two may run at once.
  const draft = `${folder}.new-${process.pid}`
  mkdirSync(draft, { recursive: true })
  try {
    await Promise.all([buildCommand(join(draft, 'cli')), buildFaces(draft)])
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  const files = readdirSync(join(folder, 'cli'))
  const bytes = files.reduce((sum, name) => sum + statSync(join(folder, 'cli', name)).size, 0)
  const size = Math.round(bytes / 1000)
  console.log(
    `built ${target}: the command (${files.length} files, ${size} kB), bednet, bednet/pki`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
