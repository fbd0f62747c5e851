import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'

interface Identity {
  readonly certificate: string
  readonly key: string
  /** Whose clients are let in, and the lists of those that are not: one of each authority. */
  readonly authority: string
  readonly revoked: readonly string[]
}

interface Server {
  readonly port: number
  readonly close: () => void
}

/** A broker's TLS, as far as a handshake goes: greets by its name whoever proves it. */
export async function serve({
  certificate,
  key,
  authority,
  ...identity
}: Identity): Promise<Server> {
  const [cert, ownKey, ca] = [certificate, key, authority].map(path => readFileSync(path))
  // Node reads the first list of a file alone.
  const crl = identity.revoked.map(path => readFileSync(path))
  const proof = { cert, key: ownKey, ca, crl, requestCert: true, rejectUnauthorized: true }
  const server = createServer(proof, greet)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, close: () => server.close() }
}

function greet(socket: TLSSocket): void {
  socket.on('error', () => undefined)
  const name = String(socket.getPeerCertificate().subject.CN)
  socket.end(`welcome ${name}\n`)
}
