import { openLocal } from '../../src/hosts/local.js'
import { hostContract } from '../contract/host.js'
import { sceneHere } from './host-scene.js'

hostContract('local, as the invoking user: the sandbox', () =>
  sceneHere('child', () => Promise.resolve(openLocal({ asInvokingUser: true }))),
)
