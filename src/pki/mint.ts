import { hash } from 'node:crypto'
import type { KeyAlgorithm } from '../algorithm.js'
import { refuseEmptyPeriod, type Authority } from './authority.js'
import { leafEncoder } from './leaf.js'
import { refuseBadPart } from './name.js'
import { pairMaker } from './pair.js'
import { encodePem } from './pem.js'
import { hexSerial } from './serial.js'
import { contentSigner } from './signature.js'

/** What many certificates for clients have in common. */
interface MintOrder {
  readonly algorithm: KeyAlgorithm
  readonly notBefore: Date
  /** Not past the authority's own end. */
  readonly notAfter: Date
}

/** A client's certificate and its key, both in PEM, the key in clear. */
export interface Minted {
  readonly certificate: string
  readonly privateKey: string
  /** As in `CertificateFacts`. */
  readonly serial: string
  readonly fingerprint: string
}

/**
 * Makes certificates for clients with new keys, one after the other and as fast as Node signs. They
 * are those of `issueCertificate`. Nothing waits in it but for a key that is elsewhere.
 * @throws BednetError USAGE for a period that is none; each call, for a name that cannot stand there
 */
export function minter(
  authority: Authority,
  { algorithm, notBefore, notAfter }: MintOrder,
): (commonName: string, serial: Buffer) => Promise<Minted> {
  refuseEmptyPeriod({ notBefore, notAfter })
  const draw = pairMaker(algorithm)
  const keyType = algorithm.startsWith('rsa') ? 'rsa' : 'ec'
  const encodeLeaf = leafEncoder(authority, {
    purpose: 'client',
    keyType,
    names: [],
    notBefore,
    notAfter,
  })
  const sign = contentSigner(authority.key)
  return async (commonName, serial) => {
    refuseBadPart('the client', commonName)
    const { publicKey, privateKey, keyId } = draw()
    const der = await sign(encodeLeaf({ serial, commonName, publicKey, keyId }))
    return {
      certificate: encodePem('CERTIFICATE', der),
      privateKey: encodePem('PRIVATE KEY', privateKey),
      serial: hexSerial(serial),
      fingerprint: hash('sha256', der),
    }
  }
}
