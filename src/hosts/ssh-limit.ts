/** A wait for a machine has a limit; a wait for a person inside it has another, longer one. */
export interface ConnectLimit {
  /** Rejects when the time is over. */
  readonly over: Promise<never>
  /** The person's time is not the machine's: the clock starts anew when they have answered. */
  forPerson<T>(answer: () => Promise<T>): Promise<T>
  stop(): void
}

export function startConnectLimit(): ConnectLimit {
  let timer: NodeJS.Timeout | undefined
  let expire: (seconds: number) => void = () => undefined
  const over = new Promise<never>((_resolve, reject) => {
    expire = seconds => {
      reject(new Error(`no answer within ${String(seconds)} s`))
    }
  })
  // Nobody waits for it any more once the connection stands.
  over.catch(() => undefined)
  const start = (limitMs: number): void => {
    clearTimeout(timer)
    timer = setTimeout(expire, limitMs, limitMs / msPerSecond)
  }
  start(connectLimitMs)
  return {
    over,
    forPerson: async answer => {
      start(personLimitMs)
      try {
        return await answer()
      } finally {
        start(connectLimitMs)
      }
    },
    stop: () => {
      clearTimeout(timer)
    },
  }
}

const msPerSecond = 1000
const connectLimitMs = 10_000
/** sshd itself gives a login two minutes (LoginGraceTime). */
const personLimitMs = 120_000
