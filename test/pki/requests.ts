import { readFileSync, writeFileSync } from 'node:fs'

/** A request as `openssl req -new` makes it; what it says besides stands in `subject` and `more`. */
export interface MadeRequest {
  readonly name: string
  /** After `-newkey`. */
  readonly key: readonly string[]
  readonly subject: string
  readonly more?: readonly string[]
  /** The bytes are changed after they were signed. */
  readonly tamper?: (der: Buffer) => Buffer
  /** What comes of it: common name, algorithm and what is left out, or why it is refused. */
  readonly outcome: string
}

const p256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
const asks = (...extensions: readonly string[]) => extensions.flatMap(each => ['-addext', each])

export const madeRequests: readonly MadeRequest[] = [
  { name: 'plain', key: p256, subject: '/CN=esp32-1', outcome: 'esp32-1 p256' },
  {
    name: 'authority',
    key: p256,
    subject: '/CN=esp32-1',
    more: asks('basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'),
    outcome: 'esp32-1 p256 without basicConstraints keyUsage',
  },
  {
    name: 'names',
    key: p256,
    subject: '/O=Pumps/OU=east/CN=esp32-1',
    more: asks('subjectAltName=DNS:mqtt.example.org,IP:192.0.2.1', 'extendedKeyUsage=serverAuth'),
    outcome: 'esp32-1 p256 without O OU subjectAltName extKeyUsage',
  },
  { name: 'ed25519', key: ['ed25519'], subject: '/CN=esp32-1', outcome: 'esp32-1 ed25519' },
  {
    name: 'p384',
    key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    subject: '/CN=esp32-1',
    outcome: 'esp32-1 p384',
  },
  { name: 'rsa2048', key: ['rsa:2048'], subject: '/CN=esp32-1', outcome: 'esp32-1 rsa2048' },
  {
    name: 'rsa1024',
    key: ['rsa:1024'],
    subject: '/CN=esp32-1',
    outcome: 'a key of kind "rsa 1024 bits" cannot be used',
  },
  {
    name: 'exponent',
    key: ['rsa:2048', '-pkeyopt', 'rsa_keygen_pubexp:3'],
    subject: '/CN=esp32-1',
    outcome: 'the key of the request has the exponent 3',
  },
  {
    name: 'p521',
    key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
    subject: '/CN=esp32-1',
    outcome: 'a key of kind "ec secp521r1" cannot be used',
  },
  {
    name: 'sha1',
    key: p256,
    subject: '/CN=esp32-1',
    more: ['-sha1'],
    outcome: 'the request is signed in a way that proves nothing today, e.g. SHA-1',
  },
  {
    name: 'two-names',
    key: p256,
    subject: '/CN=esp32-1/CN=esp32-2',
    outcome: 'the request has several common names: "esp32-1", "esp32-2"',
  },
  {
    name: 'two-names-in-one',
    key: p256,
    subject: '/CN=esp32-1+CN=esp32-2',
    outcome: 'the request has several common names: "esp32-1", "esp32-2"',
  },
  {
    name: 'nameless',
    key: p256,
    subject: '/O=Pumps',
    outcome: 'the request has no common name',
  },
  {
    name: 'renamed',
    key: p256,
    subject: '/CN=esp32-1',
    tamper: der => Buffer.from(der.toString('latin1').replace('esp32-1', 'esp32-2'), 'latin1'),
    outcome: unproven(),
  },
  {
    name: 'tampered',
    key: p256,
    subject: '/CN=esp32-1',
    tamper: der => Buffer.from([...der.subarray(0, -1), (der.at(-1) ?? 0) ^ 1]),
    outcome: unproven(),
  },
  {
    name: 'cut-off',
    key: p256,
    subject: '/CN=esp32-1',
    tamper: der => der.subarray(0, -20),
    outcome: 'the signing request is damaged',
  },
  {
    name: 'followed',
    key: p256,
    subject: '/CN=esp32-1',
    tamper: der => Buffer.concat([der, Buffer.of(5, 0)]),
    outcome: 'the signing request is damaged',
  },
]

function unproven(): string {
  return 'the signature of the request is not that of its own key, or it was changed since'
}

/** Kept so that the fast tests need no openssl; `UPDATE_GOLDEN=1` with the real ones makes them anew. */
export function recordedRequest(name: string): Buffer {
  return readFileSync(recordOf(name))
}

export function recordRequest(name: string, der: Buffer): void {
  writeFileSync(recordOf(name), der)
}

function recordOf(name: string): URL {
  return new URL(`requests/${name}.der`, import.meta.url)
}
