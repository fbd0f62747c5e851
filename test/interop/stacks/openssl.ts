import { isIP } from 'node:net'
import type { Chain, Handshake } from '../question.js'
import { runTool } from '../run-tool.js'
import { accepted, refused, type Answer, type Stack } from '../stack.js'
import { oneByOne } from './one-by-one.js'

/** Its command, which is what most people check a certificate with; as strict as it can be. */
export const openssl: Stack = {
  name: 'OpenSSL',
  version: async () => {
    const { stdout } = await runTool(['openssl', 'version'])
    return stdout.split(' ')[1] ?? ''
  },
  answer: oneByOne({ chain, handshake }),
}

async function chain(ask: Chain): Promise<Answer> {
  const purpose = ask.purpose === 'client' ? ['-purpose', 'sslclient'] : []
  const list = ask.revoked === undefined ? [] : ['-crl_check', '-CRLfile', ask.revoked]
  const argv = ['openssl', 'verify', '-x509_strict', '-CAfile', ask.anchors]
  const { status, output } = await runTool([...argv, ...purpose, ...list, ask.chain])
  return status === 0 ? accepted : refused(/error .*/.exec(output)?.[0] ?? output)
}

async function handshake(ask: Handshake): Promise<Answer> {
  const name = isIP(ask.name) === 0 ? '-verify_hostname' : '-verify_ip'
  const argv = ['openssl', 's_client', '-connect', `127.0.0.1:${String(ask.port)}`, '-brief']
  const proof = ['-x509_strict', '-verify_return_error', '-CAfile', ask.anchors, name, ask.name]
  const own = ['-cert', ask.chain, '-cert_chain', ask.chain, '-key', ask.key, '-ign_eof']
  const { output } = await runTool([...argv, ...proof, ...own])
  if (output.includes('welcome esp32-001')) return accepted
  return refused(/(?:verify error|alert|:error:).*/.exec(output)?.[0] ?? output)
}
