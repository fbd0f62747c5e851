import { expect, test } from 'vitest'
import {
  publishCommand,
  subscribeCommand,
  type ClientLogin,
  type ClientMessage,
} from '../../src/hosts/mosquitto-clients.js'
import { Secret } from '../../src/secret.js'

const plain: ClientLogin = {
  name: '127.0.0.1',
  port: 1883,
  clientId: 'bednet-canary-1',
  username: 'bednet-canary-viewer',
  password: new Secret('planted'),
  tls: undefined,
}
const certified: ClientLogin = {
  ...plain,
  username: undefined,
  password: undefined,
  tls: {
    authorityFile: '/tmp/x/ca.crt',
    client: { certificateFile: '/tmp/x/peer.crt', keyFile: '/tmp/x/peer.key' },
  },
}
const message: ClientMessage = {
  from: plain,
  to: certified,
  topic: 'commands/bednet-probe',
  text: 'bednet-probe-1',
  folder: '/tmp/x',
}

test('the publisher has a name, and its password is nowhere', () => {
  expect(publishCommand(message).argv.join(' ')).toBe(
    'mosquitto_pub -V 5 -q 1 -h 127.0.0.1 -p 1883 -i bednet-canary-1 -u bednet-canary-viewer ' +
      '-t commands/bednet-probe -m bednet-probe-1 -D publish message-expiry-interval 10',
  )
})

test('the subscriber shows its certificate and takes one message', () => {
  expect(subscribeCommand(message).argv.join(' ')).toBe(
    'mosquitto_sub -V 5 -q 1 -h 127.0.0.1 -p 1883 -i bednet-canary-1 --cafile /tmp/x/ca.crt ' +
      '--cert /tmp/x/peer.crt --key /tmp/x/peer.key -t commands/bednet-probe -C 1',
  )
})
