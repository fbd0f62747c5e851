import { openSsh } from '../../src/hosts/ssh.js'
import { Secret } from '../../src/secret.js'
import { hostContract } from '../contract/host.js'
import { fakeSudo } from './fake-sudo.js'
import { sceneHere } from './host-scene.js'
import { loginScene } from './ssh-login.js'

hostContract('ssh, by sudo with a password', async () => {
  const password = 'pl4nted-sudo-password'
  const sudo = await fakeSudo({ kind: 'password', password })
  const login = await loginScene({ path: sudo.path })
  const options = { ...login.options, sudoPassword: new Secret(password) }
  const scene = await sceneHere('child', () => openSsh(login.address, options), [password])
  const remove = async (): Promise<void> => {
    await Promise.all([scene.remove(), login.remove(), sudo.remove()])
  }
  return { ...scene, remove }
})
