import { createServer, type AddressInfo } from 'node:net'

/** A port of this machine that somebody else listens on. */
export interface Occupied {
  readonly port: number
  free(): Promise<void>
}

export async function occupied(port = 0): Promise<Occupied> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    free: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve()
        })
      }),
  }
}
