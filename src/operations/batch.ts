import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { hashIterations, hashPassword, saltBytes } from '../broker/password.js'
import type { KeyAlgorithm } from '../algorithm.js'
import { intermediates, type Authority } from '../pki/authority.js'
import { minter } from '../pki/mint.js'
import { serialNumber } from '../pki/serial.js'
import { Secret } from '../secret.js'
import { tarBuilder } from '../vault/tar.js'

/** A device that is to have a credential. Plain values: it may cross to another thread. */
export interface BatchItem {
  readonly name: string
  readonly algorithm: KeyAlgorithm
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** A password is drawn for it, too. */
  readonly hasPassword: boolean
}

export interface BatchMade {
  /**
   * A tar of `NAME/ca.crt`, `client.crt`, `client.key` and, of those that have one, `password`; gzipped,
   * without the end of an archive.
   */
  readonly archive: Uint8Array
  /** Of the passwords, lines of a password file; empty where none was drawn. */
  readonly hashes: string
  /** In the order of the items. */
  readonly made: readonly { readonly serial: string; readonly fingerprint: string }[]
}

/** What makes batches. It may cross to another thread, where its key is no token's. */
export interface BatchSigner {
  readonly authority: Authority
  /** Whom a device believes, in PEM. */
  readonly trusted: string
}

/** Makes credentials by the hundred, each with its files in one archive. */
export function batchMaker({
  authority,
  trusted,
}: BatchSigner): (items: readonly BatchItem[]) => Promise<BatchMade> {
  const above = intermediates(authority)
  const minters = new Map<string, ReturnType<typeof minter>>()
  const minterFor = ({ algorithm, notBefore, notAfter }: BatchItem) => {
    const key = [algorithm, notBefore, notAfter].join()
    const known = minters.get(key)
    if (known !== undefined) return known
    const period = { notBefore: new Date(notBefore), notAfter: new Date(notAfter) }
    const mint = minter(authority, { algorithm, ...period })
    minters.set(key, mint)
    return mint
  }
  const files = tarBuilder()
  return async items => {
    const draws = randomBytes(items.length * serialBytes)
    let hashes = ''
    const made: BatchMade['made'][number][] = []
    for (const [index, item] of items.entries()) {
      const random = draws.subarray(index * serialBytes, (index + 1) * serialBytes)
      const minted = await minterFor(item)(item.name, Buffer.from(serialNumber(random), 'hex'))
      files.add(`${item.name}/ca.crt`, trusted)
      files.add(`${item.name}/client.crt`, `${minted.certificate}${above}`)
      files.add(`${item.name}/client.key`, minted.privateKey)
      if (item.hasPassword) {
        const password = new Secret(randomBytes(passwordBytes).toString('base64url'))
        files.add(`${item.name}/password`, `${password.reveal()}\n`)
        const salt = randomBytes(saltBytes)
        hashes += `${item.name}:${hashPassword(password, salt, hashIterations.generated)}\n`
      }
      made.push({ serial: minted.serial, fingerprint: minted.fingerprint })
    }
    return { archive: gzipSync(files.take(), { level: 1 }), hashes, made }
  }
}

const serialBytes = 16
/** 192 bits, in 32 characters that no shell or URL minds. */
const passwordBytes = 24
