// Parts of bednet as programs of their own: what they do in memory, without the command around them.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { commandSettings } from '../../build.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * `node FILE WAY COUNT` prints how many a second: `mint`, certificates; `library`, the same by
 * @peculiar/x509 as its documentation shows; `hash`, passwords; and with a place behind it `folders` and
 * `archive`, devices whose files are there already.
 */
export const bundleParts = folder => bundle(join(folder, 'parts.mjs'), contents)

/** `node FILE SERIALS OUT` writes a revocation list, from a file with a serial on each line. */
export const bundleRevocationList = folder => bundle(join(folder, 'list.mjs'), listContents)

async function bundle(outfile, contents) {
  const stdin = { contents, resolveDir: root }
  const js = "import { createRequire } from 'node:module'; const require = createRequire('/')"
  await build({ ...commandSettings, format: 'esm', banner: { js }, stdin, outfile })
  return outfile
}

const contents = `
import { randomBytes } from 'node:crypto'
import { writeArchive } from './src/operations/credential-archive.js'
import { writeFolders } from './src/operations/credential-folders.js'
import { hashIterations, hashPassword } from './src/broker/password.js'
import { createAuthority } from './src/pki/authority.js'
import { minter } from './src/pki/mint.js'
import { Secret } from './src/secret.js'
import { tarBuilder } from './src/vault/tar.js'

const period = { notBefore: new Date('2026-01-01'), notAfter: new Date('2027-01-01') }
const ways = { mint, library, hash }
const outlets = { folders: writeFolders, archive: writeArchive }
const [, , way, count, out] = process.argv
if (way in outlets) {
  const begun = performance.now()
  await outlets[way](out, portions())
  console.log(count / (performance.now() - begun) * 1000)
} else {
  const make = await ways[way]()
  for (let index = 0; index < count / 5; index++) await make(index)
  const begun = performance.now()
  for (let index = 0; index < count; index++) await make(index)
  console.log(count / (performance.now() - begun) * 1000)
}

async function mint() {
  const names = { commonName: 'Greenhouse CA', site: 'greenhouse', generation: 1 }
  const authority = await createAuthority({ ...names, algorithm: 'p256', ...period, serial: '4D01' })
  const make = minter(authority, { algorithm: 'p256', ...period })
  const serials = randomBytes(65536).map(byte => byte & 0x7f | 0x40)
  return async index => {
    const at = (index % 4096) * 16
    await make('esp32-' + index, Buffer.from(serials.subarray(at, at + 16)))
  }
}

async function library() {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const signing = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  return async index => {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const certificate = await x509.X509CertificateGenerator.create({
      subject: 'CN=esp32-' + index, issuer: 'CN=Greenhouse CA', serialNumber: '4D' + index,
      signingKey: signing.privateKey, publicKey: keys.publicKey, signingAlgorithm: algorithm,
      ...period,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2']),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey),
      ],
    })
    certificate.toString('pem')
    await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  }
}

function hash() {
  return () => {
    const password = new Secret(randomBytes(24).toString('base64url'))
    return hashPassword(password, randomBytes(12), hashIterations.generated)
  }
}

/** As long as certificates and keys are, and as hard to pack. */
async function* portions() {
  const text = bytes => randomBytes(bytes).toString('base64')
  const authority = text(500)
  const { add, take } = tarBuilder()
  for (let index = 0; index < count; index++) {
    add('esp32-' + index + '/ca.crt', authority)
    add('esp32-' + index + '/client.crt', authority.slice(200) + text(150))
    add('esp32-' + index + '/client.key', authority.slice(500) + text(100))
    if (index % 512 < 511 && index < count - 1) continue
    const tar = take()
    yield { tar: () => tar }
  }
}
`

const listContents = `
import { readFileSync, writeFileSync } from 'node:fs'
import { readPrivateKey } from './src/pki/key.js'
import { signRevocationList } from './src/pki/revocation.js'

const [, , serialsFile, out] = process.argv
const authority = {
  certificate: readFileSync('ca.crt', 'utf8'),
  key: readPrivateKey(readFileSync('ca.key', 'utf8')),
  issuers: [],
}
const until = { thisUpdate: new Date('2026-01-01'), nextUpdate: new Date('2026-02-01') }
const serials = readFileSync(serialsFile, 'utf8').trim().split('\\n')
const cause = { revokedAt: until.thisUpdate, reason: 'keyCompromise' }
const revoked = serials.map(serial => ({ serial, ...cause }))
writeFileSync(out, await signRevocationList(authority, { number: 1, ...until, revoked }))
`
