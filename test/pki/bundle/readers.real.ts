import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  certificateFacts,
  createAuthority,
  encodePkcs12,
  encodeTrustStore,
  generateKey,
  intermediates,
  issueCertificate,
  rootOf,
  Secret,
  type KeyAlgorithm,
  type Pkcs12Kind,
} from '../../../src/pki/index.js'
import { greenhouse, sensor } from '../greenhouse.js'
import { hasTool, runTool } from '../tool.js'

const passphrase = new Secret('correct horse "battery" $staple')
const env = { PASSPHRASE: passphrase.reveal(), WRONG: 'incorrect horse' }
const kinds: readonly Pkcs12Kind[] = ['modern', 'legacy']
const algorithms: readonly KeyAlgorithm[] = ['p256', 'p384', 'rsa2048', 'ed25519']

interface Made {
  readonly root: string
  readonly leaf: string
  readonly key: KeyObject
  readonly file: Buffer
}

const cases = kinds.flatMap(kind => algorithms.map(algorithm => ({ kind, algorithm })))

describe.each(cases)('a $kind PKCS#12 file with a key of kind $algorithm', given => {
  let made: Made
  let files: Readonly<Record<string, string | Uint8Array>>
  beforeAll(async () => {
    made = await make(given)
    files = { 'client.p12': made.file, right: env.PASSPHRASE, wrong: env.WRONG }
  })

  describe.runIf(hasTool(['openssl', 'version']))('OpenSSL', () => {
    const read = 'openssl pkcs12 -in client.p12 -noenc'
    test.each([read, `${read} -legacy`])('%s: the key, and its chain in order', line => {
      const { status, output } = runTool(
        [...line.split(' '), '-passin', 'env:PASSPHRASE'],
        files,
        env,
      )
      expect(status).toBe(0)
      expect(createPrivateKey(keyIn(output)).equals(made.key)).toBe(true)
      expect(certificatesIn(output).map(pem => certificateFacts(pem).commonName)).toEqual([
        'esp32-001',
        'Greenhouse CA',
      ])
      expect(output).toContain('friendlyName: esp32-001')
      expect(output.match(new RegExp(`localKeyID: ${localKeyId(made.leaf)}`, 'g'))).toHaveLength(2)
    })

    test('sees the encryption and the MAC that its kind has', () => {
      const argv = [...read.split(' '), '-info', '-nokeys', '-passin', 'env:PASSPHRASE']
      const { output } = runTool(argv, files, env)
      const [mac, encryption, rounds] =
        given.kind === 'modern'
          ? ['MAC: sha256, Iteration 100000', 'PBES2, PBKDF2, AES-256-CBC', '100000']
          : ['MAC: sha1, Iteration 10000', 'pbeWithSHA1And3-KeyTripleDES-CBC', '10000']
      expect(output).toContain(mac)
      // Of the certificates, and of the key.
      expect(output.split(encryption)).toHaveLength(3)
      expect(output).toContain(`Iteration ${rounds}`)
    })

    test('refuses the wrong passphrase', () => {
      const ran = runTool([...read.split(' '), '-passin', 'env:WRONG'], files, env)
      expect(ran.status).not.toBe(0)
      expect(ran.output).toContain('invalid password')
    })
  })

  describe.runIf(hasTool(['keytool', '-help']))('Java', () => {
    const list = 'keytool -J-Duser.language=en -list -v -storetype PKCS12 -keystore client.p12'
    test('lists a private key with a chain of two', () => {
      const { status, output } = keytool(list, 'PASSPHRASE')
      expect({ status, output }).toMatchObject({ status: 0 })
      expect(output).toContain('Alias name: esp32-001')
      expect(output).toContain('Entry type: PrivateKeyEntry')
      expect(output).toContain('Certificate chain length: 2')
      expect(output).toContain(fingerprint(made.leaf))
    })

    test('takes the key out and writes it anew', () => {
      const copy =
        'keytool -J-Duser.language=en -importkeystore -srckeystore client.p12 -srcstorepass:env PASSPHRASE ' +
        '-destkeystore copy.p12 -deststoretype PKCS12 -deststorepass:env PASSPHRASE -srcalias esp32-001'
      const again = 'openssl pkcs12 -in copy.p12 -noenc -nocerts -passin env:PASSPHRASE'
      const { output } = runTool(['sh', '-c', `${copy} && ${again}`], files, env)
      expect(createPrivateKey(keyIn(output)).equals(made.key)).toBe(true)
    })

    test('refuses the wrong passphrase', () => {
      const { status, output } = keytool(list, 'WRONG')
      expect(status).not.toBe(0)
      expect(output).toContain('password was incorrect')
    })

    function keytool(line: string, secret: 'PASSPHRASE' | 'WRONG') {
      return runTool([...line.split(' '), '-storepass:env', secret], files, env)
    }
  })

  describe.runIf(hasTool(['sh', '-c', 'command -v pk12util certutil']))('NSS', () => {
    const database = 'mkdir db && certutil -N -d sql:db --empty-password'
    const importing = `${database} && pk12util -i client.p12 -d sql:db -w right -K ""`
    // NSS learnt Ed25519 after 3.87, which Debian bookworm has; it says so, and imports nothing.
    const imports = /PKCS12 IMPORT SUCCESSFUL[^]*< 0> +(?:ec|rsa) +[0-9a-f]{40}/
    const declines = /SEC_ERROR_PKCS12_UNABLE_TO_IMPORT_KEY|PKCS12 IMPORT SUCCESSFUL/
    test('imports the key and shows its certificate, where it knows such keys', () => {
      const script = `${importing} && certutil -K -d sql:db && certutil -L -d sql:db -n esp32-001 -a`
      const { output } = runTool(['sh', '-c', script], files)
      expect(output).toMatch(given.algorithm === 'ed25519' ? declines : imports)
      const [shown] = certificatesIn(output)
      if (shown === undefined) expect(given.algorithm).toBe('ed25519')
      else expect(certificateFacts(shown).commonName).toBe('esp32-001')
    })

    test('refuses the wrong passphrase', () => {
      const script = `${database} && pk12util -l client.p12 -d sql:db -w wrong`
      const { status, output } = runTool(['sh', '-c', script], files)
      expect(status).not.toBe(0)
      expect(output).toContain('SEC_ERROR_BAD_PASSWORD')
    })
  })
})

describe.runIf(hasTool(['keytool', '-help']))('below an issuing authority', () => {
  test.each(kinds)('a %s file has the whole chain, and Java follows it', async kind => {
    const root = await greenhouse({ pathLength: 1 })
    const issuing = await createAuthority(issuingAuthority, root)
    const key = await generateKey('p256')
    const leaf = await issueCertificate(issuing, await sensor({ publicKey: key }))
    const chain = `${leaf}${intermediates(issuing)}${rootOf(issuing)}`
    const file = await encodePkcs12({ kind, friendlyName: 'esp32-001', chain, key, passphrase })
    const list = 'keytool -J-Duser.language=en -list -v -storetype PKCS12 -keystore client.p12'
    const argv = [...list.split(' '), '-storepass:env', 'PASSPHRASE']
    const { output } = runTool(argv, { 'client.p12': file }, env)
    expect(output).toContain('Certificate chain length: 3')
    const found = [leaf, issuing.certificate, root.certificate].map(pem =>
      output.indexOf(fingerprint(pem)),
    )
    expect(found).toEqual([...found].sort((one, other) => one - other))
    expect(found).not.toContain(-1)
  })
})

describe.each(kinds)('a %s trust store', kind => {
  let files: Readonly<Record<string, string | Uint8Array>>
  let root: string
  beforeAll(async () => {
    root = (await greenhouse()).certificate
    const file = await encodeTrustStore({ kind, authorities: root, passphrase })
    files = { 'truststore.p12': file }
  })

  test.runIf(hasTool(['keytool', '-help']))('Java lists it as trusted', () => {
    const list = 'keytool -J-Duser.language=en -list -storetype PKCS12 -keystore truststore.p12'
    const { output } = runTool([...list.split(' '), '-storepass:env', 'PASSPHRASE'], files, env)
    expect(output).toContain('Your keystore contains 1 entry')
    expect(output).toMatch(/greenhouse ca, .*, trustedCertEntry/)
    expect(output).toContain(fingerprint(root))
  })

  test.runIf(hasTool(['openssl', 'version']))('OpenSSL finds the certificate and no key', () => {
    const argv = [
      'openssl',
      'pkcs12',
      '-in',
      'truststore.p12',
      '-noenc',
      '-passin',
      'env:PASSPHRASE',
    ]
    const { output } = runTool(argv, files, env)
    expect(certificatesIn(output).map(pem => certificateFacts(pem).commonName)).toEqual([
      'Greenhouse CA',
    ])
    expect(output).not.toContain('PRIVATE KEY')
    expect(output).toContain('2.16.840.1.113894.746875.1.1: <Unsupported tag 6>')
  })
})

const issuingAuthority = {
  commonName: 'Greenhouse issuing CA',
  site: 'greenhouse',
  generation: 1,
  algorithm: 'p256',
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2031-01-01T00:00:00Z'),
  serial: '4D00000000000000000000000000CA02',
} as const

async function make({ kind, algorithm }: (typeof cases)[number]): Promise<Made> {
  const authority = await greenhouse()
  const key = await generateKey(algorithm)
  const leaf = await issueCertificate(authority, await sensor({ publicKey: key }))
  const root = authority.certificate
  const chain = `${leaf}${root}`
  const file = await encodePkcs12({ kind, friendlyName: 'esp32-001', chain, key, passphrase })
  return { root, leaf, key, file }
}

function keyIn(output: string): string {
  return /-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----/.exec(output)?.[0] ?? ''
}

function certificatesIn(output: string): readonly string[] {
  return output.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
}

function localKeyId(pem: string): string {
  return new X509Certificate(pem).fingerprint.replaceAll(':', ' ')
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256
}
