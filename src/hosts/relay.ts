import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Host } from './host.js'

/** A port on this machine behind which a port of the host lies, for tools that only know TCP. */
export interface Relay {
  readonly address: string
  readonly port: number
  close(): void
}

/** Stays open until it is closed; each connection to it becomes one forward of the host. */
export async function openRelay(host: Host, address: string, port: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    void carry(socket, host, { address, port })
  })
  const local = await listen(server)
  return {
    address: loopback,
    port: local,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const loopback = '127.0.0.1'

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, loopback, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Either end that breaks ends the other: to who waits, that is all there is to know. */
async function carry(
  socket: Socket,
  host: Host,
  target: { readonly address: string; readonly port: number },
): Promise<void> {
  try {
    const stream = await host.forward(target.address, target.port)
    await Promise.all([pipeline(socket, stream), pipeline(stream, socket)])
  } catch {
    socket.destroy()
  }
}
