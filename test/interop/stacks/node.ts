import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as dial, isIP, type AddressInfo } from 'node:net'
import { connect, createServer, type ConnectionOptions } from 'node:tls'
import type { Chain, Handshake } from '../question.js'
import { accepted, refused, type Answer, type Stack } from '../stack.js'
import { oneByOne } from './one-by-one.js'

/** This very program. It has no judge of chains: a client is judged by a server. */
export const node: Stack = {
  name: 'Node',
  version: () => Promise.resolve(process.versions.node),
  answer: oneByOne({
    handshake,
    chain: ask => (ask.purpose === 'authority' ? Promise.resolve(authority(ask)) : client(ask)),
  }),
}

function authority({ anchors, chain }: Chain): Answer {
  const [anchor, root] = [anchors, chain].map(path => new X509Certificate(readFileSync(path)))
  if (anchor === undefined || root === undefined) return refused('no certificate')
  if (!root.ca) return refused('no authority')
  if (!root.checkIssued(anchor)) return refused('issued by another')
  return root.verify(anchor.publicKey) ? accepted : refused('signed by another')
}

async function client(ask: Chain): Promise<Answer> {
  const [cert, key, ca] = [ask.shown, ask.key, ask.anchors].map(path => readFileSync(path))
  const crl = ask.revoked === undefined ? {} : { crl: readFileSync(ask.revoked) }
  const judging = { cert, key, ca, ...crl, requestCert: true, rejectUnauthorized: true }
  const server = createServer(judging, socket => socket.end('welcome esp32-001\n'))
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    return await greeting({ port, cert, key, rejectUnauthorized: false })
  } finally {
    server.close()
  }
}

function handshake({ port, anchors, chain, key, name }: Handshake): Promise<Answer> {
  const [ca, cert, ownKey] = [anchors, chain, key].map(path => readFileSync(path))
  return greeting({ port, ca, cert, key: ownKey, host: name })
}

/** Always of this machine, whatever name must be in the certificate. */
function greeting({ port = 0, host = '', ...options }: ConnectionOptions): Promise<Answer> {
  const servername = isIP(host) === 0 ? { servername: host } : {}
  return new Promise(resolve => {
    const socket = connect({ ...options, socket: dial(port, '127.0.0.1'), host, ...servername })
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
    socket.on('error', (error: Error) => {
      resolve(refused(error.message))
    })
    socket.on('close', () => {
      resolve(heard.includes('welcome esp32-001') ? accepted : refused('not greeted by the server'))
    })
  })
}
