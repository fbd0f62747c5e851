import { onTestFinished } from 'vitest'

import { openSsh } from '../../src/hosts/ssh.js'
import { sudoContract } from '../contract/sudo.js'
import { sceneOf } from './ssh-login.js'

sudoContract('over ssh', async ({ path, ask, sudoPassword }) => {
  const { address, options } = await sceneOf({ path })
  const shell = await openSsh(address, {
    ...options,
    world: { ...options.world, ask },
    sudoPassword,
  })
  onTestFinished(() => shell.close())
  return shell
})
