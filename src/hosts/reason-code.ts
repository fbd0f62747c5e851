/** What a reason code of CONNACK or PUBACK means (MQTT 5, section 2.4; MQTT 3.1.1, section 3.2). */
export function reasonWords(code: number): string {
  const written = code < 6 ? String(code) : `0x${code.toString(16)}`
  return `${words.get(code) ?? 'refused'} (${written})`
}

/** True where it is the client's name or password that is turned down. */
export function isAuthorizationRefusal(code: number): boolean {
  return authorization.includes(code)
}

const authorization: readonly number[] = [4, 5, 0x86, 0x87]

/** The low ones are those of a CONNACK of 3.1.1. */
const words: ReadonlyMap<number, string> = new Map([
  [1, 'protocol version not supported'],
  [2, 'client id not accepted'],
  [3, 'server unavailable'],
  [4, 'bad user name or password'],
  [5, 'not authorized'],
  [0x80, 'unspecified error'],
  [0x84, 'protocol version not supported'],
  [0x85, 'client id not valid'],
  [0x86, 'bad user name or password'],
  [0x87, 'not authorized'],
  [0x88, 'server unavailable'],
  [0x89, 'server busy'],
  [0x8a, 'banned'],
  [0x95, 'packet too large'],
  [0x97, 'quota exceeded'],
  [0x99, 'payload format invalid'],
  [0x9f, 'connection rate exceeded'],
])
