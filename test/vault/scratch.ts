import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { onTestFinished } from 'vitest'
import type { Purpose } from '../../src/vault/lock.js'
import type { Act, Issued } from '../../src/vault/ledger.js'
import type { Event } from '../../src/world.js'

/** A folder for one test, gone after it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-vault-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** A purpose with a clock that stands still, and all that was reported through it. */
export function recordingPurpose(verb = 'up'): Purpose & { readonly events: readonly Event[] } {
  const events: Event[] = []
  const now = (): Date => new Date('2026-03-01T12:00:00.000Z')
  return { verb, world: { now, report: event => events.push(event) }, events }
}

export const issued = (name: string, serial = 'ab'): Issued => ({
  act: 'issued',
  kind: 'device',
  name,
  serial,
  notBefore: '2026-03-01T00:00:00.000Z',
  notAfter: '2027-03-01T00:00:00.000Z',
  sha256: 'c0ffee',
  because: `no certificate for ü${name}`,
})

export const revoked = (name: string, serial = 'ab'): Act => ({
  act: 'revoked',
  kind: 'device',
  name,
  serial,
  reason: 'keyCompromise',
  because: 'it was stolen',
})

export const listed = (number: number): Act => ({
  act: 'crl',
  number,
  nextUpdate: '2036-03-01T00:00:00.000Z',
  because: 'a certificate was revoked',
})

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
