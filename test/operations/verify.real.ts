import { describe, expect, test } from 'vitest'
import { verifyBroker, type Proof } from '../../src/operations/verify.js'
import type { Fleet } from '../../src/profile/fleet.js'
import { startBroker, type Flaw } from './verify-broker.js'
import { article, quickstart, singleListener, sketch } from './verify-fleets.js'

const certificates = singleListener(quickstart, 8883)
const passwords = singleListener(quickstart, 1883)
const both = singleListener(article, 8883)

describe('a broker as bednet sets it up', () => {
  test.each([
    ['quickstart', quickstart],
    ['article', article],
    ['sketch', sketch],
    ['twice certificates', twoCertificateListeners()],
    ['an authority for everybody', { ...quickstart, devices: [], users: [] }],
  ])('%s: everything is proven or says why not', async (_name, fleet) => {
    const proofs = await proofsOf(fleet)
    expect(proofs.filter(({ status }) => status === 'failed')).toEqual([])
    expect(proofs.filter(({ status }) => status === 'passed').length).toBeGreaterThan(10)
    const unproven = proofs
      .filter(({ status }) => status === 'skipped')
      .map(({ because }) => because)
    expect(unproven.filter(because => because.length < 10)).toEqual([])
  })
})

const handshakes = [
  'chain',
  'name/mqtt.example.org',
  'name/192.0.2.10',
  'name/localhost',
  'name/127.0.0.1',
]
const badClients = [
  'client/none',
  'client/revoked',
  'client/expired',
  'client/not-yet-valid',
  'client/foreign',
]
const sensorLogins = ['login/bednet-canary-sensor', 'login/mqtt-3.1.1']
const sensorMessages = [
  'publish/sensor/sensors/bednet-canary-sensor/bednet-probe',
  'subscribe/sensor/commands/bednet-canary-sensor/bednet-probe',
  'forbidden/sensor/publish',
  'forbidden/sensor/subscribe',
]
const sensorMqtt = [...sensorLogins, 'mosquitto-clients', ...sensorMessages]
const wrongLogins = ['wrong-password', 'no-password', 'unknown-user', 'anonymous'].map(
  id => `login/${id}`,
)

/** A broker with one fault, and the proofs that it turns to failed: these, and no other. */
const table: readonly (readonly [string, Fleet, Flaw, readonly string[]])[] = [
  ['no revocation list', certificates, edit(/crlfile .*/, ''), ['client/revoked']],
  [
    'certificates not asked for',
    certificates,
    edit(/require_certificate true/, ''),
    // Without a certificate there is no name, so nobody gets further than TLS.
    [...badClients, ...sensorMqtt],
  ],
  [
    'certificates not asked for, passwords are',
    both,
    edit(/require_certificate true/, ''),
    badClients,
  ],
  [
    'TLS 1.1 spoken',
    certificates,
    edit(/tls_version .*/, 'tls_version tlsv1.1\nciphers DEFAULT:@SECLEVEL=0'),
    ['tls-1.1'],
  ],
  ['TLS 1.1 allowed', certificates, edit(/tls_version .*/, 'tls_version tlsv1.1'), ['tls-1.1']],
  [
    'TLS 1.3 only',
    certificates,
    edit(/tls_version .*/, 'tls_version tlsv1.3'),
    ['tls-1.2', 'client/good', ...badClients],
  ],
  [
    'anonymous clients allowed',
    passwords,
    edit(/allow_anonymous false/, 'allow_anonymous true'),
    ['login/anonymous'],
  ],
  [
    'anonymous clients allowed and no passwords',
    passwords,
    edit(/allow_anonymous false\npassword_file .*/, 'allow_anonymous true'),
    wrongLogins,
  ],
  [
    'no access list',
    certificates,
    edit(/acl_file .*/, ''),
    ['forbidden/sensor/publish', 'forbidden/sensor/subscribe'],
  ],
  ['another certificate than pushed', certificates, { unpushed: true }, ['certificate']],
  [
    'a certificate of another authority',
    certificates,
    { signedByAnother: true },
    [...handshakes, ...sensorMqtt],
  ],
  [
    'an address missing in the certificate',
    certificates,
    { names: ['mqtt.example.org', 'localhost', '127.0.0.1'] },
    ['name/192.0.2.10'],
  ],
  [
    'the common name missing in the certificate',
    certificates,
    { names: ['192.0.2.10', 'localhost', '127.0.0.1'] },
    // OpenSSL and Node agree; the Mosquitto clients go by another name.
    ['name/mqtt.example.org', ...sensorLogins, ...sensorMessages],
  ],
  [
    'no TLS on the TLS port',
    both,
    edit(/(tls_version|certfile|keyfile|cafile|crlfile|require_certificate) .*/g, ''),
    [
      ...handshakes,
      'certificate',
      ...['tls-1.3', 'tls-1.2', 'tls-1.1', 'client/good', ...badClients, 'plaintext'],
      ...['login/bednet-canary-everything', 'login/mqtt-3.1.1', ...wrongLogins],
      'mosquitto-clients',
      ...['publish/everything/bednet-probe', 'subscribe/everything/bednet-probe'],
    ],
  ],
  [
    'an expired revocation list',
    certificates,
    { revocationListEnds: new Date(Date.now() - 60 * 60 * 1000) },
    // The expired certificate is refused for its own reason, and that of another authority too.
    ['client/good', 'client/revoked', 'client/not-yet-valid', ...sensorMqtt],
  ],
  [
    'a role that may write too much',
    certificates,
    { accessList: text => `${text}pattern write sensors/#\n` },
    ['forbidden/sensor/publish'],
  ],
  [
    'a role that may read too much',
    certificates,
    { accessList: text => `${text}pattern read #\n` },
    ['forbidden/sensor/subscribe'],
  ],
  [
    'a role that may not write',
    certificates,
    { accessList: text => text.replace('pattern write sensors/%u/#', '') },
    // Without a message that passes, nobody can say that the forbidden one was kept back.
    ['mosquitto-clients', sensorMessages[0] ?? '', 'forbidden/sensor/publish'],
  ],
]

describe('a broker with a fault', () => {
  test.each(table)('%s', async (...[, fleet, flaw, expected]) => {
    const proofs = await proofsOf(fleet, flaw)
    const failed = proofs.filter(({ status }) => status === 'failed').map(({ id }) => bare(id))
    expect(failed).toEqual(expected)
  })
})

test('a broker that is not there fails on its ports alone; the rest says that it was not tried', async () => {
  const broker = await startBroker(passwords)
  await broker.stop()
  const [open, ...others] = await verifyBroker(broker.input)
  expect(open).toMatchObject({ status: 'failed' })
  expect(open?.because).toContain('nobody listens')
  expect(others.map(({ status }) => status)).toEqual(others.map(() => 'skipped'))
})

async function proofsOf(fleet: Fleet, flaw: Flaw = {}): Promise<readonly Proof[]> {
  const broker = await startBroker(fleet, flaw)
  try {
    return await verifyBroker(broker.input)
  } finally {
    await broker.stop()
  }
}

function edit(pattern: RegExp, replacement: string): Flaw {
  return { configuration: text => text.replace(pattern, replacement) }
}

/** Ports are drawn anew in each run. */
function bare(id: string): string {
  return id.replace(/^\d+\//, '')
}

/** Where a certificate's name is the client id, a canary can be in only one of them at a time. */
function twoCertificateListeners(): Fleet {
  const listeners = certificates.listeners.flatMap(listener => [
    listener,
    { ...listener, port: 8885 },
  ])
  return { ...certificates, listeners }
}
