import { describe, expect, test } from 'vitest'
import type { BadClient } from '../../src/broker/expectation.js'
import { BednetError } from '../../src/error.js'
import type { LoginAnswer } from '../../src/hosts/mqtt.js'
import type { TlsAnswer } from '../../src/hosts/openssl.js'
import { judgeAdmitted, judgeRefused } from '../../src/operations/verify-login.js'
import { judgeTls, type HandshakeCheck } from '../../src/operations/verify-tls.js'
import { verdictOfError } from '../../src/operations/verify-verdict.js'

const done: TlsAnswer = {
  protocol: 'TLSv1.2',
  certificatePem: '-----BEGIN CERTIFICATE-----',
  distrust: undefined,
  alert: undefined,
  completed: true,
  problem: '',
  asked: true,
}
const ended: TlsAnswer = { ...done, completed: false, problem: 'unexpected eof' }
const nothing: TlsAnswer = {
  ...ended,
  protocol: undefined,
  certificatePem: undefined,
  distrust: 'no certificate was shown',
}
const unasked: TlsAnswer = { ...nothing, asked: false }
const alert = (number: number): TlsAnswer => ({ ...ended, alert: number })

const trusted: HandshakeCheck = { kind: 'tls-trusted', name: undefined }
const modern: HandshakeCheck = { kind: 'tls-accepted', version: '1.2' }
const old: HandshakeCheck = { kind: 'tls-too-old', stoppedBy: 'broker' }
const oldWebsockets: HandshakeCheck = { kind: 'tls-too-old', stoppedBy: 'openssl' }
const good: HandshakeCheck = { kind: 'tls-admitted', client: 'bednet-canary-peer' }
const bad = (client: BadClient): HandshakeCheck => ({ kind: 'tls-refused', client })

describe('what openssl saw', () => {
  test.each<readonly [string, HandshakeCheck, TlsAnswer, string]>([
    ['a chain that is believed', trusted, done, 'passed: OpenSSL verifies it'],
    ['one that is not', trusted, { ...done, distrust: 'self-signed' }, 'failed: self-signed'],
    ['no certificate', trusted, nothing, 'failed: no certificate was shown (unexpected eof)'],
    ['no certificate to compare', { kind: 'tls-served' }, nothing, 'failed: no certificate'],
    ['TLS 1.2 agreed', modern, done, 'passed: TLSv1.2 was agreed'],
    ['another version agreed', modern, { ...done, protocol: 'TLSv1.1' }, 'failed: not agreed'],
    ['TLS 1.2 too old', modern, { ...nothing, alert: 70 }, 'failed: not agreed: protocol version'],
    ['TLS 1.1 too old', old, { ...nothing, alert: 70 }, 'passed: protocol version (alert 70)'],
    ['TLS 1.1 stopped by OpenSSL', old, { ...nothing, alert: 80 }, 'failed: internal error'],
    ['the same, by design', oldWebsockets, { ...nothing, alert: 80 }, 'passed: internal error'],
    ['TLS 1.1 agreed', oldWebsockets, { ...done, protocol: 'TLSv1.1' }, 'failed: TLSv1.1 was'],
    ['TLS 1.1 lost on the way', old, nothing, 'failed: not refused as too old: unexpected eof'],
    ['an openssl without TLS 1.1', old, unasked, 'skipped: openssl of this machine'],
    ['an openssl without TLS 1.2', modern, unasked, 'skipped: openssl of this machine'],
    ['a good client let in', good, done, 'passed: the handshake was completed'],
    ['a good client turned away', good, alert(45), 'failed: turned away: certificate expired'],
    ['a bad client let in', bad('revoked'), done, 'failed: let in'],
    ['a bad client cut off', bad('expired'), ended, 'passed: turned away without an alert'],
    ['no TLS at all', bad('foreign'), nothing, 'failed: no TLS handshake: unexpected eof'],
    ['an alert without a name', good, alert(109), 'failed: turned away: alert 109'],
  ])('%s', (...[, check, answer, outcome]) => {
    expect(inWords(judgeTls(check, answer, 'aa'))).toContain(outcome)
  })

  /** The reason counts: each of these alerts is right for some of the clients only. */
  const refusals: Readonly<Record<BadClient, readonly number[]>> = {
    none: [40, 116],
    revoked: [44],
    expired: [45],
    'not-yet-valid': [42],
    foreign: [48],
  }
  describe.each(Object.entries(refusals))('client %s', (client, right) => {
    test.each([40, 42, 43, 44, 45, 46, 48, 70, 80, 116])('turned away by alert %i', number => {
      const { status } = judgeTls(bad(client as BadClient), alert(number), 'aa')
      expect(status).toBe(right.includes(number) ? 'passed' : 'failed')
    })
  })
})

describe('what a login came to', () => {
  const refused = (code: number): LoginAnswer => ({ kind: 'refused', code })
  const closed: LoginAnswer = { kind: 'closed', because: 'read ECONNRESET' }

  test.each<readonly [LoginAnswer, string, string]>([
    [refused(0x87), 'failed: CONNACK: not authorized (0x87)', 'passed: CONNACK: not authorized'],
    [refused(0x86), 'failed: CONNACK: bad user name', 'passed: CONNACK: bad user name'],
    [refused(5), 'failed: CONNACK: not authorized (5)', 'passed: CONNACK: not authorized (5)'],
    [refused(3), 'failed: CONNACK: server unavailable (3)', 'failed: turned away, but for another'],
    [refused(0x97), 'failed: CONNACK: quota exceeded', 'failed: turned away, but for another'],
    [closed, 'failed: read ECONNRESET', 'failed: no answer to the login: read ECONNRESET'],
  ])('%j', (answer, wanted, unwanted) => {
    expect(inWords(judgeAdmitted(answer))).toContain(wanted)
    expect(inWords(judgeRefused(answer))).toContain(unwanted)
  })
})

test.each([
  [new BednetError('TOOL_MISSING', 'no "openssl"', { hint: 'apt install openssl' }), 'skipped: no'],
  [new BednetError('HOST_UNREACHABLE', 'no way there'), 'failed: no way there'],
  [new TypeError('surprise'), 'failed: surprise'],
  ['a string', 'failed: a string'],
])('%s makes a verdict', (error, outcome) => {
  expect(inWords(verdictOfError(error))).toContain(outcome)
})

function inWords({ status, because }: { status: string; because: string }): string {
  return `${status}: ${because}`
}
