import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { type CommandOutput, endLab, type LabHost } from './host.js'

const profiles = fileURLToPath(new URL('../../profiles/', import.meta.url))
const templates = fileURLToPath(new URL('../../templates/', import.meta.url))
const command = fileURLToPath(new URL('../../dist/cli/bednet.cjs', import.meta.url))

/** A person at a machine of their own: a home with an ssh configuration, a profile, and secrets. */
export interface Operator {
  /** Home and working folder; the profile is `bednet.yaml` in it. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** Runs `bednet` with these words to its end; a failure is a value. */
  readonly bednet: (...words: readonly string[]) => Promise<CommandOutput>
  /** Starts `bednet` and does not wait. */
  readonly start: (...words: readonly string[]) => Running
  /** Runs a line as typed into a shell there. */
  readonly shell: (line: string) => Promise<CommandOutput>
  readonly write: (name: string, text: string) => Promise<void>
  readonly read: (name: string) => Promise<string>
  /** One of bednet's own templates. */
  readonly readTemplate: (name: string) => Promise<string>
  readonly remove: () => Promise<void>
}

export interface Running {
  readonly pid: number | undefined
  readonly stderr: Readable
  readonly ended: Promise<CommandOutput>
}

interface OperatorOptions {
  readonly host: Pick<LabHost, 'key' | 'knownHosts'>
  /** Text of a profile, or one of the packaged ones by its file name. */
  readonly profile: string
  readonly environment: Readonly<Record<string, string>>
}

/** Sits down at a fresh home, with nothing in it but the way to one host and a profile. */
export async function operator({ host, profile, environment }: OperatorOptions): Promise<Operator> {
  const folder = await mkdtemp(join(tmpdir(), 'bednet-operator-'))
  const options = {
    cwd: folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', HOME: folder, ...environment },
    extendEnv: false,
    reject: false,
    timeout: commandTimeoutMs,
  } as const
  await mkdir(join(folder, '.ssh'))
  const config = `IdentityFile ${host.key}\nUserKnownHostsFile ${host.knownHosts}\n`
  await writeFile(join(folder, '.ssh/config'), config)
  if (profile.includes('\n')) await writeFile(join(folder, 'bednet.yaml'), profile)
  else await copyFile(join(profiles, profile), join(folder, 'bednet.yaml'))
  const start = (...words: readonly string[]): Running => {
    const running = execa(process.execPath, [command, ...words], { ...options, stdin: 'ignore' })
    return { pid: running.pid, stderr: running.stderr, ended: running.then(outputOf) }
  }
  return {
    folder,
    environment,
    start,
    bednet: async (...words) => await start(...words).ended,
    shell: async line => outputOf(await execa('sh', ['-c', line], { ...options, stdin: 'ignore' })),
    write: async (name, text) => writeFile(join(folder, name), text),
    read: async name => readFile(join(folder, name), 'utf8'),
    readTemplate: async name => readFile(join(templates, name), 'utf8'),
    remove: async () => rm(folder, { recursive: true, force: true }),
  }
}

/** For as long as `use` runs; then the home and the host are gone. */
export async function withPerson(
  options: OperatorOptions & { readonly host: LabHost },
  use: (person: Operator) => Promise<void>,
): Promise<void> {
  const person = await operator(options)
  try {
    await use(person)
  } finally {
    await endLab(options.host)
    await person.remove()
  }
}

/** Where installing packages is part of it, a minute may go by on a busy machine. */
const commandTimeoutMs = 300_000

function outputOf(ran: {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode?: number
}): CommandOutput {
  return { stdout: ran.stdout, stderr: ran.stderr, exitCode: ran.exitCode ?? -1 }
}

/** What `bednet up --json` says of a host, as far as tests look at it. */
interface UpDocument {
  readonly outcomes: readonly UpOutcome[]
}

interface UpOutcome {
  readonly broker: string
  readonly status: 'changed' | 'unchanged' | 'failed'
  readonly plan?: { readonly changes: readonly { readonly resource: string }[] }
  readonly proofs?: readonly {
    readonly id: string
    readonly status: 'passed' | 'failed' | 'skipped'
    readonly because: string
  }[]
  readonly error?: { readonly code: string; readonly message: string; readonly at?: string }
}

/** The only host of a document. */
export function outcomeIn({ stdout, stderr }: CommandOutput): UpOutcome {
  const [outcome] = parseUp(stdout, stderr).outcomes
  if (outcome === undefined) throw new Error(`no outcome in ${stdout}`)
  return outcome
}

function parseUp(stdout: string, stderr: string): UpDocument {
  try {
    return JSON.parse(stdout) as UpDocument
  } catch (cause) {
    throw new Error(`no document: ${stdout}\n${stderr}`, { cause })
  }
}

/** What did not pass, with why: nothing, where all is well. */
export function unproven({ proofs = [] }: UpOutcome): readonly string[] {
  return proofs
    .filter(({ status }) => status !== 'passed')
    .map(({ id, status, because }) => `${id} ${status}: ${because}`)
}

/** For the message of a test that fails. */
export function said({ stdout, stderr, exitCode }: CommandOutput): string {
  return `it ended with ${String(exitCode)} and said\n${stdout}\n${stderr}`
}
