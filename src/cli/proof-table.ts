import type { Proof } from '../operations/verify.js'
import type { Output } from './verb.js'

const signs = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const

/** A broker's proofs: each with what it proves, how it came out, and why. */
export function showProofs(broker: string, proofs: readonly Proof[], output: Output): void {
  const { paint } = output
  const colours = { passed: paint.green, failed: paint.red, skipped: paint.yellow }
  output.lines(['', paint.bold(`broker ${broker}`)])
  output.table(
    ['result', 'port', 'what it proves', 'why'],
    proofs.map(({ status, port, proves, because, via }) => [
      colours[status](signs[status]),
      String(port),
      proves,
      paint.dim(via === 'forward' ? `${because} (through the SSH connection)` : because),
    ]),
  )
  const count = (status: Proof['status']) =>
    String(proofs.filter(proof => proof.status === status).length)
  const words = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
  output.lines([hasFailed(proofs) ? paint.red(words) : paint.green(words)])
}

export function hasFailed(proofs: readonly Proof[]): boolean {
  return proofs.some(({ status }) => status === 'failed')
}
