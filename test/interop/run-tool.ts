import { spawn } from 'node:child_process'

interface Ran {
  readonly status: number | null
  /** Standard output, then standard error. */
  readonly output: string
  readonly stdout: string
}

/** Runs a program to its end, or to the limit. Those of the distribution come first on the PATH. */
export function runTool([program = '', ...args]: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: `/usr/bin:/bin:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' }
    const child = spawn(program, args, { env, timeout: limitMs })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
    }
    child.on('error', reject)
    child.on('close', status => {
      const { stdout, stderr } = said
      resolve({ status, stdout, output: stdout + stderr })
    })
    // A program that ends before it has read all is told by its status.
    child.stdin.on('error', () => undefined).end(input)
  })
}

const limitMs = 120_000
