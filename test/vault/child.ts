import { spawn, type ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { onTestFinished } from 'vitest'

interface Child {
  readonly process: ChildProcess
  /** Resolves with the first line it prints. */
  readonly firstLine: Promise<string>
  readonly ended: Promise<string>
}

/** Another process that runs a script in which `vault` is the room's face. */
export async function startChild(folder: string, script: string, shell = ''): Promise<Child> {
  const bundle = join(folder, '..', `${folder.split('/').at(-1) ?? ''}.vault.mjs`)
  buildSync({
    entryPoints: ['src/vault/vault.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
  })
  const path = `${bundle}.child.mjs`
  await writeFile(path, `import * as vault from ${JSON.stringify(bundle)}\n${prelude}\n${script}`)
  onTestFinished(() => {
    rmSync(bundle, { force: true })
    rmSync(path, { force: true })
  })
  return watched(spawn('sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, path, folder]))
}

const prelude = `
const folder = process.argv[2]
const purpose = { verb: 'up', world: { now: () => new Date(), report: event => console.log(event.kind) } }
const forever = () => new Promise(() => setInterval(() => {}, 1000))
`

function watched(child: ReturnType<typeof spawn>): Child {
  let output = ''
  const ended = new Promise<string>(resolve => {
    child.on('close', () => {
      resolve(output)
    })
  })
  const firstLine = new Promise<string>(resolve => {
    child.stdout?.on('data', chunk => {
      output += String(chunk)
      if (output.includes('\n')) resolve(output.split('\n')[0] ?? '')
    })
    void ended.then(resolve)
  })
  child.stderr?.on('data', chunk => {
    output += String(chunk)
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { process: child, firstLine, ended }
}
