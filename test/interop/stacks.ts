import { join } from 'node:path'
import type { Stack } from './stack.js'
import { gnutls } from './stacks/gnutls.js'
import { nss } from './stacks/nss.js'
import { node } from './stacks/node.js'
import { openssl } from './stacks/openssl.js'
import { peer } from './stacks/peer.js'

/** All columns of the matrix. What is compiled lies in this folder. */
export function allStacks(sources: string, built: string): readonly Stack[] {
  const c = (name: string, program: string, libraries: readonly string[]) => {
    const [source, made] = [join(sources, `${program}.c`), join(built, program)]
    const build = ['cc', '-O1', '-Wall', '-o', made, source, ...libraries]
    return { name, build, run: [made] }
  }
  const go = join(built, 'go')
  // The slowest first, for the sake of the time.
  return [
    openssl,
    nss(built),
    peer({ name: 'Java', run: ['java', join(sources, 'Check.java')] }),
    gnutls,
    node,
    peer({ name: 'Python', run: ['python3', join(sources, 'check.py')] }),
    peer(c('wolfSSL', 'wolfssl', ['-lwolfssl'])),
    peer(c('mbedTLS', 'mbedtls', ['-lmbedtls', '-lmbedx509', '-lmbedcrypto'])),
    peer({ ...c('BearSSL', 'bearssl', ['-lbearssl']), packageName: 'libbearssl0' }),
    peer({ name: 'Go', build: ['go', 'build', '-o', go, join(sources, 'check.go')], run: [go] }),
  ]
}
