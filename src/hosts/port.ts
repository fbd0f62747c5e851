import { connect } from 'node:net'

/** `silent`: nothing came back at all; `refused`: the machine itself said no. */
type Knock =
  | { readonly answer: 'open' | 'refused' | 'silent' }
  | { readonly answer: 'unreachable'; readonly because: string }

/** Opens a TCP connection and closes it again, to see how the port answers. */
export async function knock(address: string, port: number, limitMs: number): Promise<Knock> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port, timeout: limitMs })
    const end = (outcome: Knock) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => {
      end({ answer: 'open' })
    })
    socket.once('timeout', () => {
      end({ answer: 'silent' })
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(
        error.code === 'ECONNREFUSED'
          ? { answer: 'refused' }
          : { answer: 'unreachable', because: error.message },
      )
    })
  })
}
