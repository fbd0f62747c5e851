import { join } from 'node:path'
import { tryTls } from '../hosts/openssl.js'
import { openRelay } from '../hosts/relay.js'
import { withScratchFolder, writePrivateFile } from '../hosts/scratch.js'
import { certificateFacts } from '../pki/certificate.js'
import type { World } from '../world.js'
import type { Seen } from './look.js'
import { addressOnHost, toolEnvironment } from './verify-scene.js'

/** The certificate that an open port shows, or why none is seen. */
type Served =
  { readonly fingerprint: string; readonly notAfter: Date } | { readonly because: string }

/**
 * Asks the first TLS port, through the host itself: whatever the firewall says of us.
 * @param authorityPem for openssl, which cannot do without one
 */
export async function servedFingerprint(
  { target, host }: Seen,
  authorityPem: string,
  world: World,
): Promise<Served> {
  const listener = target.fleet.listeners.find(({ tls }) => tls)
  if (listener === undefined) return { because: 'no port with TLS' }
  const relay = await openRelay(host, addressOnHost(listener), listener.port)
  try {
    const answer = await withScratchFolder(async folder => {
      const authorityFile = join(folder, 'ca.crt')
      await writePrivateFile(authorityFile, authorityPem)
      return await tryTls(
        {
          address: relay.address,
          port: relay.port,
          authorityFile,
          serverName: target.broker.commonName,
        },
        { environment: toolEnvironment(world), limitMs },
      )
    })
    if (answer.certificatePem === undefined) {
      return { because: `nothing: port ${String(listener.port)} does not answer` }
    }
    const { fingerprint, notAfter } = certificateFacts(answer.certificatePem)
    return { fingerprint, notAfter }
  } finally {
    relay.close()
  }
}

const limitMs = 8_000
