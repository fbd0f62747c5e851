import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseTlsAnswer, tlsCommand, type TlsQuestion } from '../../src/hosts/openssl.js'
import type { ToolEnd } from '../../src/hosts/tools.js'

/** `openssl s_client` of four releases (1.1.1w, 3.0, 3.5.7, 3.6.5) against a Mosquitto 2.0.11. */
const releases = ['bullseye', 'bookworm', 'trixie', 'forky'] as const

const good = { distrust: undefined, alert: undefined, completed: true, problem: '' }
const turnedAway = { protocol: 'TLSv1.2', distrust: undefined, completed: false }
const nothing = { protocol: undefined, distrust: 'no certificate was shown', completed: false }

const recorded: readonly (readonly [string, object])[] = [
  ['trusted', { ...good, protocol: 'TLSv1.3' }],
  ['tls-1.3', { ...good, protocol: 'TLSv1.3' }],
  ['tls-1.2-admitted', { ...good, protocol: 'TLSv1.2' }],
  ['tls-1.1-agreed', { ...good, protocol: 'TLSv1.1' }],
  ['wrong-name', { ...good, distrust: expect.stringMatching(/hostname mismatch/i) as unknown }],
  ['wrong-address', { ...good, distrust: 'IP address mismatch (OpenSSL error 64)' }],
  [
    'another-authority',
    { ...good, distrust: 'unable to verify the first certificate (OpenSSL error 21)' },
  ],
  ['no-client-certificate', { ...turnedAway, alert: 40 }],
  ['not-yet-valid', { ...turnedAway, alert: 42 }],
  ['revoked', { ...turnedAway, alert: 44 }],
  ['expired', { ...turnedAway, alert: 45 }],
  ['foreign', { ...turnedAway, alert: 48, problem: 'tlsv1 alert unknown ca' }],
  ['tls-1.1-refused', { ...nothing, alert: 70 }],
  ['tls-1.1-stopped-by-level', { ...nothing, alert: 80 }],
  [
    'plain-port',
    { ...nothing, alert: undefined, problem: 'the connection was reset: it may speak no TLS' },
  ],
  ['closed-port', { ...nothing, alert: undefined, problem: 'Connection refused' }],
]

describe.each(releases)('openssl of %s', release => {
  test.each(recorded)('%s', (name, answer) => {
    expect(parseTlsAnswer(recordedEnd(release, name))).toMatchObject({ ...answer, asked: true })
  })

  test('each certificate that was shown is found whole', () => {
    const { certificatePem } = parseTlsAnswer(recordedEnd(release, 'trusted'))
    expect(certificatePem).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE/)
  })
})

test.each([
  [
    'an openssl built without TLS 1.1',
    '139:error:0A0000BF:SSL routines::no protocols available:f:1:',
  ],
  ['an openssl that has dropped the option', 's_client: Unknown option: -tls1_1'],
])('%s has asked nothing', (_name, stderr) => {
  expect(parseTlsAnswer({ code: 1, stdout: '', stderr })).toMatchObject({ asked: false })
})

test('a tool that was ended by the limit says so', () => {
  const answer = parseTlsAnswer({ code: undefined, stdout: 'CONNECTED(00000003)\n', stderr: '' })
  expect(answer).toMatchObject({ completed: false, problem: 'no answer within the limit' })
})

const question: TlsQuestion = {
  address: '192.0.2.10',
  port: 8883,
  serverName: 'mqtt.example.org',
  authorityFile: '/tmp/x/ca.crt',
}
const client = { certificateFile: '/tmp/x/peer.crt', keyFile: '/tmp/x/peer.key' }
const start = 's_client -connect 192.0.2.10:8883 -CAfile /tmp/x/ca.crt -x509_strict'

test.each<readonly [string, Partial<TlsQuestion>, string]>([
  ['nothing more', {}, `${start} -servername mqtt.example.org`],
  ['a name', { verifyName: 'hub.local' }, '-verify_hostname hub.local'],
  ['an address', { verifyName: '192.0.2.10' }, '-verify_ip 192.0.2.10'],
  ['an IPv6 host', { address: '2001:db8::10' }, '-connect [2001:db8::10]:8883'],
  ['a broker named by its address', { serverName: '192.0.2.10' }, '-noservername'],
  ['TLS 1.1', { version: '1.1' }, '-tls1_1 -cipher DEFAULT:@SECLEVEL=0'],
  ['an authority that is not strict', { isLenient: true }, '/tmp/x/ca.crt -servername'],
  ['a client', { client }, '-cert /tmp/x/peer.crt -key /tmp/x/peer.key'],
])('asks with %s', (_name, more, words) => {
  expect(tlsCommand({ ...question, ...more }).argv.join(' ')).toContain(words)
})

function recordedEnd(release: string, name: string): ToolEnd {
  const file = new URL(`openssl/${release}.json`, import.meta.url)
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
    Record<string, { readonly code: number; readonly stdout: string[]; readonly stderr: string[] }>
  >
  const end = cases[name]
  if (end === undefined) throw new Error(`nothing recorded as ${name}`)
  return { code: end.code, stdout: end.stdout.join('\n'), stderr: end.stderr.join('\n') }
}
