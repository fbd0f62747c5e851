import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { keyAlgorithms, type KeyAlgorithm } from '../../src/algorithm.js'
import {
  certificateFacts,
  generateKey,
  issueCertificate,
  privateKeyPem,
  readPrivateKey,
  Secret,
  signRevocationList,
  type Authority,
} from '../../src/pki/index.js'
import { greenhouse, hub, sensor } from './greenhouse.js'
import { hasTool, runTool } from './tool.js'

const passphrase = new Secret('correct hörse "battery" $staple')
// The tools look at the clock of this machine.
const msPerDay = 24 * 60 * 60 * 1000
const now = Date.now()
const period = { notBefore: new Date(now - msPerDay), notAfter: new Date(now + 90 * msPerDay) }
const authorityPeriod = { ...period, notAfter: new Date(now + 36_500 * msPerDay) }

type Files = Readonly<
  Record<
    'ca.crt' | 'ca.crl' | 'hub.crt' | 'hub.key' | 'sensor.crt' | 'sensor.key' | 'lost.crt',
    string
  >
>

describe.each(keyAlgorithms)('with keys of kind %s', algorithm => {
  let files: Files
  beforeAll(async () => {
    files = await wholeSite(algorithm)
  })

  describe.runIf(hasTool(['openssl', 'version']))('OpenSSL', () => {
    const strict = 'openssl verify -x509_strict -CAfile ca.crt'
    const withList = `${strict} -crl_check -CRLfile ca.crl`
    test.each([
      [`${strict} -purpose sslserver hub.crt`, 'hub.crt: OK'],
      [`${strict} -purpose sslclient sensor.crt`, 'sensor.crt: OK'],
      [`${strict} -verify_hostname mqtt.example.org hub.crt`, 'hub.crt: OK'],
      [`${strict} -verify_ip 192.0.2.10 hub.crt`, 'hub.crt: OK'],
      [`${strict} -verify_ip 2001:db8::10 hub.crt`, 'hub.crt: OK'],
      [`${strict} -verify_hostname other.example.org hub.crt`, 'hostname mismatch'],
      [`${strict} -purpose sslserver sensor.crt`, 'unsuitable certificate purpose'],
      [`${strict} -purpose sslclient hub.crt`, 'unsuitable certificate purpose'],
      [`${withList} sensor.crt`, 'sensor.crt: OK'],
      [`${withList} lost.crt`, 'certificate revoked'],
      ['openssl crl -in ca.crl -CAfile ca.crt -verify -noout', 'verify OK'],
      ['openssl pkey -in sensor.key -passin env:PASSPHRASE -check -noout', 'Key is valid'],
      ['openssl pkey -in sensor.key -passin env:LANG -noout', 'Could not read key'],
      ['openssl pkey -in hub.key -check -noout', 'Key is valid'],
    ])('%s: %s', (line, said) => {
      const env = { PASSPHRASE: passphrase.reveal(), LANG: 'C.UTF-8' }
      expect(runTool(line.split(' '), files, env).output).toContain(said)
    })

    test('sees the facts that bednet reads', () => {
      const argv = [
        'openssl',
        'x509',
        '-in',
        'hub.crt',
        '-noout',
        '-serial',
        '-fingerprint',
        '-sha256',
      ]
      const { output } = runTool(argv, files)
      const facts = certificateFacts(files['hub.crt'])
      expect(output).toContain(`serial=${facts.serial}`)
      expect(output.replaceAll(':', '').toLowerCase()).toContain(facts.fingerprint)
    })
  })

  describe.runIf(hasTool(['certtool', '--version']))('GnuTLS', () => {
    const chain = 'certtool --verify --verify-profile medium --load-ca-certificate ca.crt --infile'
    test.each([
      [`${chain} hub.crt`, 'Verified. The certificate is trusted.'],
      [`${chain} sensor.crt`, 'Verified. The certificate is trusted.'],
      [`${chain} hub.crt --verify-hostname mqtt.example.org`, 'The certificate is trusted.'],
      [`${chain} hub.crt --verify-hostname other.example.org`, 'Not verified.'],
      [`${chain} lost.crt --load-crl ca.crl`, 'The certificate chain is revoked.'],
      ['certtool --verify-crl --load-ca-certificate ca.crt --infile ca.crl', 'Verified.'],
    ])('%s: %s', (line, said) => {
      expect(runTool(line.split(' '), files).output).toContain(said)
    })
  })

  test.runIf(hasTool(['python3', '-c', 'import ssl; ssl.VERIFY_X509_STRICT']))(
    'Python with its strict flag completes a handshake, both sides with a certificate',
    () => {
      const ran = runTool(['python3', 'handshake.py'], { ...files, 'handshake.py': handshake })
      expect(ran).toEqual({ status: 0, output: 'esp32-001 and mqtt.example.org\n' })
    },
  )

  test('Node completes a handshake, both sides with a certificate', async () => {
    expect(await commonNameSeenByServer(files)).toBe('esp32-001')
  })
})

describe.runIf(hasTool(['openssl', 'version']))('a leaf named like its authority', () => {
  const verify = ['openssl', 'verify', '-x509_strict', '-CAfile', 'ca.crt', 'leaf.crt']

  test.each(['broker', 'client'] as const)('is accepted as a %s', async purpose => {
    const authority = await greenhouse(authorityPeriod)
    const wanted = await hub({ purpose, commonName: 'Greenhouse CA', ...period })
    const leaf = await issueCertificate(authority, wanted)
    const ran = runTool(verify, { 'ca.crt': authority.certificate, 'leaf.crt': leaf })
    expect(ran.output).toContain('leaf.crt: OK')
  })

  test('is refused where both have one name and no identifiers, as by hand', () => {
    const byHand = [
      'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=hub -keyout ca.key -out ca.crt',
      'openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=hub -keyout k -out leaf.csr',
      'openssl x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out leaf.crt',
      'openssl verify -CAfile ca.crt leaf.crt',
    ]
    const { output } = runTool(['sh', '-c', byHand.join('\n')], {})
    expect(output).toContain('error 18')
  })
})

async function wholeSite(algorithm: KeyAlgorithm): Promise<Files> {
  const authority = await greenhouse({ algorithm, ...authorityPeriod })
  const keys = { hub: await generateKey(algorithm), sensor: await generateKey(algorithm) }
  const broker = await hub({ ...period, publicKey: keys.hub })
  const client = await sensor({ ...period, publicKey: keys.sensor, serial: 'FF'.repeat(16) })
  const lost = await sensor({ ...period, publicKey: keys.sensor, serial: '00E0' })
  return {
    'ca.crt': authority.certificate,
    'ca.crl': await list(authority, '00E0'),
    'hub.crt': await issueCertificate(authority, broker),
    'hub.key': privateKeyPem(keys.hub),
    'sensor.crt': await issueCertificate(authority, client),
    'sensor.key': privateKeyPem(keys.sensor, passphrase),
    'lost.crt': await issueCertificate(authority, lost),
  }
}

async function list(authority: Authority, serial: string): Promise<string> {
  return await signRevocationList(authority, {
    number: 1,
    thisUpdate: period.notBefore,
    nextUpdate: authorityPeriod.notAfter,
    revoked: [{ serial, revokedAt: period.notBefore, reason: 'keyCompromise' }],
  })
}

async function commonNameSeenByServer(files: Files): Promise<unknown> {
  const ca = files['ca.crt']
  const broker = { cert: files['hub.crt'], key: files['hub.key'] }
  const server = createServer({ ...broker, ca, crl: files['ca.crl'], requestCert: true })
  const accepted = new Promise<TLSSocket>(resolve => server.once('secureConnection', resolve))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const key = privateKeyPem(readPrivateKey(files['sensor.key'], passphrase))
  const servername = 'mqtt.example.org'
  const client = connect({
    port,
    host: '127.0.0.1',
    servername,
    ca,
    cert: files['sensor.crt'],
    key,
  })
  try {
    const [socket] = await Promise.all([accepted, once(client, 'secureConnect')])
    return socket.getPeerCertificate().subject.CN
  } finally {
    client.destroy()
    server.close()
  }
}

/** Both ends in memory, so that no port is needed. */
const handshake = `
import ssl

def context(purpose, certificate, key, password=None):
    made = ssl.create_default_context(purpose, cafile='ca.crt')
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_cert_chain(certificate, key, password)
    return made

to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
password = ${JSON.stringify(passphrase.reveal())}
client = context(ssl.Purpose.SERVER_AUTH, 'sensor.crt', 'sensor.key', password).wrap_bio(
    to_client, to_server, server_hostname='mqtt.example.org')
server = context(ssl.Purpose.CLIENT_AUTH, 'hub.crt', 'hub.key').wrap_bio(
    to_server, to_client, server_side=True)
for end in (client, server, client, server):
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        pass
names = [dict(part[0] for part in end.getpeercert()['subject']) for end in (server, client)]
print(' and '.join(name['commonName'] for name in names))
`
