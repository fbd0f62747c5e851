import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A port on this machine behind which a host lies at a distance. */
export interface Distance {
  readonly port: number
  /** There and back; counts from the next connection on. */
  roundTripMs: number
  close(): void
}

/** As a long way is: each direction is late by half of a round trip, and so is the handshake. */
export async function openDistance(host: { address: string; port: number }): Promise<Distance> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, pauseOnConnect: true }, near => {
    const { roundTripMs } = distance
    sockets.add(near)
    setTimeout(() => {
      const far = connect({ host: host.address, port: host.port, noDelay: true })
      sockets.add(far)
      carryLate(near, far, roundTripMs / 2)
      carryLate(far, near, roundTripMs / 2)
    }, roundTripMs)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const distance: Distance = {
    port: (server.address() as AddressInfo).port,
    roundTripMs: 0,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return distance
}

/** Timers of one length go off in the order in which they were set, so nothing overtakes. */
function carryLate(from: Socket, to: Socket, delayMs: number): void {
  const late = (act: () => unknown): void => {
    setTimeout(act, delayMs)
  }
  from.on('data', chunk => {
    late(() => to.write(chunk))
  })
  from.on('end', () => {
    late(() => to.end())
  })
  from.on('error', () => {
    late(() => to.destroy())
  })
  from.resume()
}
