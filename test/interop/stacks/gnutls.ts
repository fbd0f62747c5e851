import type { Chain, Handshake } from '../question.js'
import { runTool } from '../run-tool.js'
import { accepted, refused, type Answer, type Stack } from '../stack.js'
import { oneByOne } from './one-by-one.js'

/** Its two commands: certtool judges chains, gnutls-cli shakes hands. */
export const gnutls: Stack = {
  name: 'GnuTLS',
  version: async () => {
    const { stdout } = await runTool(['certtool', '--version'])
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? ''
  },
  answer: oneByOne({ chain, handshake }),
}

async function chain(ask: Chain): Promise<Answer> {
  const purpose = ask.purpose === 'client' ? ['--verify-purpose=1.3.6.1.5.5.7.3.2'] : []
  const argv = ['certtool', '--verify', '--verify-profile', 'medium']
  const files = ['--load-ca-certificate', ask.anchors, '--infile', ask.chain]
  const list = ask.revoked === undefined ? [] : ['--load-crl', ask.revoked]
  // Where a list is not the issuer's, the chain is judged without it: so it is asked by itself.
  if (ask.revoked !== undefined) {
    const own = ['--load-ca-certificate', ask.anchors, '--infile', ask.revoked]
    const { status, output } = await runTool(['certtool', '--verify-crl', ...own])
    if (status !== 0) return refused(lastLine(output))
  }
  const { status, output } = await runTool([...argv, ...files, ...purpose, ...list])
  return status === 0 ? accepted : refused(lastLine(output))
}

async function handshake(ask: Handshake): Promise<Answer> {
  const argv = ['gnutls-cli', '127.0.0.1', '--port', String(ask.port)]
  const trust = ['--x509cafile', ask.anchors, `--verify-hostname=${ask.name}`]
  const own = ['--x509certfile', ask.chain, '--x509keyfile', ask.key]
  const { output } = await runTool([...argv, ...trust, ...own])
  return output.includes('welcome esp32-001') ? accepted : refused(failureIn(output))
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? ''
}

function failureIn(output: string): string {
  return /(?:- Status:|\*\*\* ).*/.exec(output)?.[0] ?? lastLine(output)
}
