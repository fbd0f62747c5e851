import { afterAll, beforeAll } from 'vitest'

import { openSsh } from '../../src/hosts/ssh.js'
import { shellVolumes } from '../contract/shell.js'
import { type LoginScene, loginScene } from './ssh-login.js'
import { testConnection } from './ssh-server.js'

let scene: LoginScene
beforeAll(async () => {
  scene = await loginScene()
})
afterAll(() => scene.remove())

shellVolumes('ssh', async () => ({
  shell: await openSsh(scene.address, scene.options),
  connection: new RegExp(`^${testConnection}$`),
}))
