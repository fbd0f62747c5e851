import { describe, expect, test } from 'vitest'
import { desired, type Holdings } from '../../src/broker/desired.js'
import type { Content } from '../../src/plan/resource.js'
import type { Fleet } from '../../src/profile/fleet.js'
import { quickstart } from '../operations/verify-fleets.js'
import { brokerOf, listener, templates } from './small.js'

const sealed = (name: string): Content => ({ kind: 'sealed', name, sha256: 'f00d'.padEnd(64, '0') })
const holdings: Holdings = {
  authoritySha256: 'c0ffee'.padEnd(64, '0'),
  authority: sealed('ca.crt'),
  revocationList: sealed('crl.pem'),
  certificate: sealed('broker.crt'),
  key: sealed('broker.key'),
  passwords: sealed('passwords'),
}

/** Every option that bednet can write. */
const plain: Fleet = {
  ...quickstart,
  persistence: true,
  limits: {
    maxConnections: 500,
    maxPacketBytes: 65_536,
    maxQueuedMessages: 2_000,
    maxInflightMessages: 40,
    maxKeepaliveSeconds: 600,
    messageBytes: 32_768,
    sessionExpiryDays: 14,
  },
  listeners: [
    listener({ port: 1883, bind: 'loopback', tls: false, admit: 'password', sources: 'nowhere' }),
    listener({ port: 8883 }),
    listener({ port: 8885, admit: 'certificate+password' }),
  ],
}
const websockets: Fleet = {
  ...plain,
  listeners: [
    ...plain.listeners,
    listener({ port: 8884, protocol: 'websockets', admit: 'password' }),
  ],
}

/** Mosquitto 2.1 is the first to have these, and an older one does not start with them. */
const newIn21 =
  /^(listener_|accept_protocol_versions|disable_client_cert|enable_proxy|proxy_|websockets_origin|plugin_(load|use)|global_)/
/** These it complains of at each start, or does not heed. */
const goneIn21 =
  /^(port|bind_address|auto_id_prefix|clientid_prefixes|http_dir|websockets_log_level|dhparamfile) /

describe.each([
  { version: '2.0.11', refused: newIn21 },
  { version: '2.0.21', refused: newIn21 },
  { version: '2.1.2', refused: goneIn21 },
])('what Mosquitto $version is given', ({ version, refused }) => {
  test.each([
    { name: version, fleet: plain },
    { name: `${version}-websockets`, fleet: websockets },
  ])('$name', async ({ name, fleet }) => {
    const broker = brokerOf(fleet)
    const target = { folder: '/etc/mosquitto/bednet/current', ipv6Loopback: true }
    const input = { fleet, broker, holdings, target, version, services: 'systemd' } as const
    const { files } = desired(templates, input)
    const loaded = files.map(file => `${file.name}: ${file.loadedBy}\n`).join('')
    const [configuration] = files
    const text = configuration?.content.kind === 'text' ? configuration.content.text : ''
    await expect(`${loaded}\n${text}`).toMatchFileSnapshot(`../golden/broker/mosquitto-${name}.txt`)
    const options = text.split('\n').filter(line => refused.test(line))
    expect(options).toEqual([])
    expect(text).not.toMatch(/^per_listener_settings/m)
  })
})
