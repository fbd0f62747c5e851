import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { BednetError } from '../error.js'
import { decode, encodeObjectId, nth } from './der.js'
import { requireAlgorithm } from './key.js'
import { pemBlocks } from './pem.js'

/** A signing request (PKCS#10) whose maker has the key that is in it: its own signature says so. */
export interface SigningRequest {
  readonly commonName: string
  readonly publicKey: KeyObject
  readonly algorithm: KeyAlgorithm
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex: tells keys apart. */
  readonly keySha256: string
  /** What it says and asks for besides, e.g. `O` or `subjectAltName`; whoever signs decides. */
  readonly besides: readonly string[]
}

/**
 * Reads a signing request, the first of a PEM, or one in DER, and verifies its signature.
 * @throws BednetError REQUEST_REFUSED where it is none, has not exactly one common name, or is not
 *   signed by its own key with SHA-256 or better; KEY_UNREADABLE where bednet makes no such keys
 * @example
 * ```ts
 * import { readSigningRequest, type SigningRequest } from 'bednet/pki'
 *
 * // openssl req -new -newkey ed25519 -nodes -keyout client.key -subj /O=Pumps/CN=pump-1
 * const pem = `-----BEGIN CERTIFICATE REQUEST-----
 * MIGgMFQCAQAwITEOMAwGA1UECgwFUHVtcHMxDzANBgNVBAMMBnB1bXAtMTAqMAUG
 * AytlcAMhAPgRcTQSjQVZNNv7grlYN/kaZFPsGdGrAkipBxvFn1PyoAAwBQYDK2Vw
 * A0EAabHbidujJHwZ66/ZwPDEUt+dBZnyITPnoRw6PTpbg9+Oa1tHWjwYl8vW3mJQ
 * fzWrNrth4+buTJ/c88e+nc4XCw==
 * -----END CERTIFICATE REQUEST-----`
 * const request: SigningRequest = await readSigningRequest(pem)
 * request.commonName // => 'pump-1'
 * request.algorithm // => 'ed25519'
 * request.besides // => ['O']
 * ```
 */
export async function readSigningRequest(content: string | Uint8Array): Promise<SigningRequest> {
  const [der] = signingRequestsIn(content)
  const request = await decodeWhole(der ?? Buffer.of())
  const [commonName, ...others] = request.commonNames
  if (commonName === undefined)
    throw refused('the request has no common name', 'make it with "-subj /CN=NAME", the device’s')
  if (others.length > 0) {
    const names = request.commonNames.map(name => JSON.stringify(name)).join(', ')
    throw refused(`the request has several common names: ${names}`, 'make it with one')
  }
  const publicKey = readPublicKey(request.publicKey)
  const algorithm = requireAlgorithm(publicKey)
  refuseWeakExponent(publicKey)
  refuseUnsigned(request, publicKey)
  const { besides } = request
  const keySha256 = hash('sha256', request.publicKey)
  return { commonName, publicKey, algorithm, keySha256, besides }
}

/**
 * The requests of a file, each in DER: all blocks of a PEM, or the one that is in DER already.
 * @throws BednetError REQUEST_REFUSED where there is none
 */
export function signingRequestsIn(content: string | Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(content)
  if (bytes[0] === derSequence) return [bytes]
  const text = bytes.toString('latin1')
  const blocks = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'] as const
  const requests = blocks.flatMap(label => pemBlocks(label, text))
  if (requests.length > 0) return requests
  const [, label] = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text) ?? []
  throw refused(
    label === undefined
      ? 'this is no signing request, neither in PEM nor in DER'
      : `there is no signing request, but a block that says "${label}"`,
    label?.includes('PRIVATE KEY') === true
      ? 'keep the key where it is, and give what "openssl req -new -key FILE -subj /CN=NAME" prints'
      : 'it begins with "-----BEGIN CERTIFICATE REQUEST-----" and is whole',
  )
}

const derSequence = 0x30

type Decoded = Awaited<ReturnType<typeof decodeWhole>>

/** Content is the CertificationRequestInfo, which is signed; the scheme its object identifier, in DER. */
async function decodeWhole(der: Buffer) {
  const library = await import('./x509.js')
  try {
    const [request, ...more] = decode(der)
    if (more.length > 0) throw new Error('bytes follow it')
    const parts = decode(request?.content ?? Buffer.of())
    return {
      ...library.decodeRequest(der),
      content: nth(parts, 0).whole,
      scheme: nth(decode(nth(parts, 1).content), 0).whole,
      signature: nth(parts, 2).content.subarray(1),
    }
  } catch (cause) {
    throw refused('the signing request is damaged', 'send it again, whole', cause)
  }
}

function readPublicKey(key: Buffer): KeyObject {
  try {
    return createPublicKey({ key, format: 'der', type: 'spki' })
  } catch (cause) {
    throw refused('the key in the request cannot be read', 'make another key', cause)
  }
}

/** With 1 everybody can sign, and small ones have been the way into many a library. */
const leastExponent = 65_537n

function refuseWeakExponent(key: KeyObject): void {
  const { publicExponent } = key.asymmetricKeyDetails ?? {}
  if (publicExponent === undefined || publicExponent >= leastExponent) return
  const what = `the key of the request has the exponent ${String(publicExponent)}`
  throw refused(what, `make another key: ${String(leastExponent)} is what tools take`)
}

interface Scheme {
  readonly keyType: string
  readonly hash: string | null
}

/** By their object identifiers, RFC 5758, RFC 8017 and RFC 8410: whatever hash a request may have. */
const schemes = new Map<string, Scheme>(
  [
    ['1.2.840.10045.4.3.2', 'ec', 'sha256'] as const,
    ['1.2.840.10045.4.3.3', 'ec', 'sha384'] as const,
    ['1.2.840.10045.4.3.4', 'ec', 'sha512'] as const,
    ['1.2.840.113549.1.1.11', 'rsa', 'sha256'] as const,
    ['1.2.840.113549.1.1.12', 'rsa', 'sha384'] as const,
    ['1.2.840.113549.1.1.13', 'rsa', 'sha512'] as const,
    ['1.3.101.112', 'ed25519', null] as const,
  ].map(([id, keyType, hash]) => [encodeObjectId(id).toString('hex'), { keyType, hash }]),
)

/** Proof that whoever made the request has the key: only that makes the common name theirs to ask. */
function refuseUnsigned({ content, scheme: id, signature }: Decoded, key: KeyObject): void {
  const scheme = schemes.get(id.toString('hex'))
  if (scheme === undefined)
    throw refused('the request is signed in a way that proves nothing today, e.g. SHA-1', signAgain)
  const isOwn = scheme.keyType === key.asymmetricKeyType
  if (isOwn && verify(scheme.hash, content, key, signature)) return
  const what = 'the signature of the request is not that of its own key, or it was changed since'
  throw refused(what, 'have it made anew where the key is: nobody else can ask for it')
}

const signAgain = 'sign it with SHA-256 or better: "openssl req -new -sha256 …"'

function refused(message: string, hint: string, cause?: unknown): BednetError {
  return new BednetError('REQUEST_REFUSED', message, { hint, cause })
}
