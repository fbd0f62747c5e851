import { hostOn, type Host } from '../hosts/host.js'
import { Secret } from '../secret.js'
import type { World } from '../world.js'
import type { Target } from './target.js'

/**
 * Reaches the host of a broker, by what is loaded for that way alone: ssh2 takes a while.
 * A password for sudo comes from $BEDNET_SUDO_PASSWORD, or is asked.
 */
export async function openHost({ broker, root }: Target, world: World): Promise<Host> {
  const word = world.environment['BEDNET_SUDO_PASSWORD']
  const sudoPassword = word === undefined ? undefined : new Secret(word)
  switch (broker.host.kind) {
    case 'sandbox': {
      const { openLocal } = await import('../hosts/local.js')
      return hostOn(openLocal({ asInvokingUser: true, world }), { root, services: 'child' })
    }
    case 'local': {
      const { openLocal } = await import('../hosts/local.js')
      return hostOn(openLocal({ sudoPassword, world }), { root, services: 'detect' })
    }
    case 'ssh': {
      const { openSsh } = await import('../hosts/ssh.js')
      const shell = await openSsh(broker.host, { world, sudoPassword })
      return hostOn(shell, { root, services: 'detect' })
    }
  }
}
