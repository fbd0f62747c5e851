import { BednetError } from '../error.js'
import type { Host, HostEvent } from '../hosts/host.js'
import type { World } from '../world.js'
import { openHost } from './connect.js'
import type { Target } from './target.js'
import { transact, type Scene } from './transaction.js'

/**
 * Ends what an earlier change has left open on a host: confirms it, or puts it back where it was cut
 * off. The host's own guard would do the latter by itself.
 */
export async function settle(scene: Scene, expected: '' | 'yes' = ''): Promise<HostEvent> {
  return await transact('settle', { ...scene, files: {}, settings: { EXPECTED: expected } })
}

/**
 * Shows a host that it can still be reached, over a new connection, which is answered, in place of the
 * one there was; without it
 * the host takes back what has closed its firewall.
 * @throws BednetError TRANSACTION_FAILED where it cannot be reached, or has put the change back
 */
export async function confirm(
  { target, host: old }: Pick<Scene, 'target' | 'host'>,
  world: World,
): Promise<Host> {
  // Not two at once: a firewall may count connections.
  await old.close()
  const host = await openHost(target, world).catch((cause: unknown) => {
    throw unconfirmed(target, 'the host cannot be reached over a new connection', cause)
  })
  try {
    const { status, message } = await settle({ target, host, world }, 'yes')
    if (status === 'restored') throw unconfirmed(target, message)
    return host
  } catch (error) {
    await host.close()
    throw error
  }
}

function unconfirmed({ broker }: Target, message: string, cause?: unknown): BednetError {
  return new BednetError('TRANSACTION_FAILED', message, {
    at: `broker "${broker.name}"`,
    hint: 'what was changed, the host puts back by itself within a minute or so; run it again then',
    cause,
  })
}
