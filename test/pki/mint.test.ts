import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { keyAlgorithms } from '../../src/algorithm.js'
import { decode, nth } from '../../src/pki/der.js'
import { certificateFacts, issueCertificate, serialNumber } from '../../src/pki/index.js'
import { minter, type Minted } from '../../src/pki/mint.js'
import { pairMaker } from '../../src/pki/pair.js'
import { decodePem } from '../../src/pki/pem.js'
import { greenhouse, year2026 } from './greenhouse.js'

const serial = () => Buffer.from(serialNumber(randomBytes(16)), 'hex')
// Of RSA the small one: a larger key differs in its number of bytes alone, and takes seconds.
const drawn = keyAlgorithms.filter(algorithm => !/rsa[34]/.test(algorithm))

test.each(drawn)('what is minted with %s is what is issued with the same key', async algorithm => {
  // These sign the same content with the same signature each time, so all bytes can be compared.
  for (const signer of ['ed25519', 'rsa2048'] as const) {
    const authority = await greenhouse({ algorithm: signer })
    const minted = await minter(authority, { algorithm, ...year2026 })('esp32-001', serial())
    const issued = await issueCertificate(authority, wantedFor(minted, 'esp32-001'))
    expect(minted.certificate).toBe(issued)
    const { serial: number, fingerprint } = certificateFacts(issued)
    expect([minted.serial, minted.fingerprint]).toEqual([number, fingerprint])
  }
})

test.each(['p256', 'p384'] as const)(
  'signed by %s it has the same content, and verifies',
  async algorithm => {
    const authority = await greenhouse({ algorithm })
    const minted = await minter(authority, { algorithm: 'p256', ...year2026 })('pump:7', serial())
    const issued = await issueCertificate(authority, wantedFor(minted, 'pump:7'))
    expect(contentOf(minted.certificate)).toEqual(contentOf(issued))
    const { publicKey } = new X509Certificate(authority.certificate)
    expect(new X509Certificate(minted.certificate).verify(publicKey)).toBe(true)
  },
)

// One scalar in 256 begins with a zero byte, which Node leaves out.
test.each(['p256', 'p384'] as const)(
  'pairs of %s are as Node itself writes them, until one that is short was among them',
  algorithm => {
    const draw = pairMaker(algorithm)
    let short = 0
    for (let count = 0; count < 300 || (short === 0 && count < 9000); count++) {
      const { privateKey, publicKey } = draw()
      const key = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' })
      expect(key.export({ format: 'der', type: 'pkcs8' }).equals(privateKey)).toBe(true)
      const half = createPublicKey(key).export({ format: 'der', type: 'spki' })
      expect(half.equals(publicKey)).toBe(true)
      if (scalarBegins(privateKey, algorithm) === 0) short++
    }
    expect(short).toBeGreaterThan(0)
  },
)

test.each([
  ['a name that cannot stand in a certificate', 'a\nb', 'cannot stand in a certificate'],
  ['no name', '', 'cannot stand in a certificate'],
])('%s is refused', async (_, name, message) => {
  const mint = minter(await greenhouse(), { algorithm: 'p256', ...year2026 })
  await expect(mint(name, serial())).rejects.toThrow(message)
})

function wantedFor({ privateKey, serial: number }: Minted, commonName: string) {
  const publicKey = createPrivateKey(privateKey)
  return {
    purpose: 'client',
    commonName,
    names: [],
    publicKey,
    ...year2026,
    serial: number,
  } as const
}

function contentOf(pem: string): Buffer {
  const der = decodePem('CERTIFICATE', pem) ?? Buffer.alloc(0)
  return nth(decode(nth(decode(der), 0).content), 0).whole
}

/** The first byte of the private scalar: third of ECPrivateKey's fields is the point, second this. */
function scalarBegins(privateKey: Buffer, algorithm: 'p256' | 'p384'): number | undefined {
  const wrapped = nth(decode(nth(decode(privateKey), 0).content), 2).content
  const scalar = nth(decode(nth(decode(wrapped), 0).content), 1).content
  expect(scalar.length).toBe(algorithm === 'p256' ? 32 : 48)
  return scalar[0]
}
