import type { BadClient, TlsCheck } from '../broker/expectation.js'
import { peerName } from '../broker/canary.js'
import { needsCertificate } from '../broker/config.js'
import { logIn } from '../hosts/mqtt.js'
import { tryTls, type TlsAnswer, type TlsQuestion } from '../hosts/openssl.js'
import { alertWords } from '../hosts/tls-alert.js'
import { certificateFacts } from '../pki/certificate.js'
import { clientName, type ClientFiles, type Door, type Scene } from './verify-scene.js'
import { failed, passed, skipped, type Verdict } from './verify-verdict.js'

/** What the handshake of a TLS listener shows, by `openssl s_client`. */
export async function checkTls(scene: Scene, door: Door, check: TlsCheck): Promise<Verdict> {
  if (check.kind === 'plaintext-refused') return checkPlaintext(door)
  const name = offered(check, door, scene)
  const files = name === undefined ? undefined : scene.clientFiles.get(name)
  if (name !== undefined && files === undefined) {
    return skipped(`there is no certificate of ${name} here: "bednet up" issues it`)
  }
  const answer = await tryTls(question(scene, door, { check, files }), scene.tools)
  const verdict = judgeTls(check, answer, scene.input.credentials.brokerSha256)
  const flaw = scene.authorityFlaw
  if (flaw === undefined || check.kind !== 'tls-trusted' || verdict.status !== 'passed')
    return verdict
  return passed(`${verdict.because}; strict clients refuse its authority, which ${flaw}`)
}

export type HandshakeCheck = Exclude<TlsCheck, { kind: 'plaintext-refused' }>

/** What an answer means for the check that asked. Pure, so that each way to fail can be shown. */
export function judgeTls(check: HandshakeCheck, answer: TlsAnswer, pushedSha256: string): Verdict {
  switch (check.kind) {
    case 'tls-trusted':
      return answer.distrust === undefined
        ? passed(check.name === undefined ? 'OpenSSL verifies it' : 'OpenSSL finds the name in it')
        : failed(`${answer.distrust}${inBrackets(answer.problem)}`)
    case 'tls-served':
      return judgeServed(answer, pushedSha256)
    case 'tls-accepted':
      return judgeAccepted(check.version, answer)
    case 'tls-too-old':
      return judgeTooOld(check.stoppedBy, answer)
    case 'tls-admitted':
      return answer.completed
        ? passed('the handshake was completed with its certificate')
        : failed(`turned away: ${ending(answer)}`)
    case 'tls-refused':
      return judgeRefused(check.client, answer)
  }
}

/** Whose certificate is shown: for all but the refusals a good one, where one is asked for. */
function offered(check: HandshakeCheck, { listener }: Door, { input }: Scene): string | undefined {
  if (check.kind === 'tls-refused') return clientName(input.fleet, check.client)
  if (check.kind === 'tls-admitted') return check.client
  return needsCertificate(listener) ? peerName : undefined
}

function question(
  { input, authorityFile, authorityFlaw }: Scene,
  { address, port }: Door,
  { check, files }: { readonly check: HandshakeCheck; readonly files: ClientFiles | undefined },
): TlsQuestion {
  const name = check.kind === 'tls-trusted' ? check.name : undefined
  const version = versionOf(check)
  return {
    address,
    port,
    authorityFile,
    serverName: input.broker.commonName,
    ...(name === undefined ? {} : { verifyName: name }),
    ...(version === undefined ? {} : { version }),
    ...(files === undefined ? {} : { client: files }),
    ...(authorityFlaw === undefined ? {} : { isLenient: true }),
  }
}

/** In 1.3 a client ends its handshake before it is judged, and the alert may come too late. */
function versionOf(check: HandshakeCheck): TlsQuestion['version'] {
  if (check.kind === 'tls-accepted') return check.version
  if (check.kind === 'tls-too-old') return '1.1'
  return check.kind === 'tls-admitted' || check.kind === 'tls-refused' ? '1.2' : undefined
}

function judgeServed({ certificatePem, problem }: TlsAnswer, pushedSha256: string): Verdict {
  if (certificatePem === undefined) return failed(`no certificate was shown${inBrackets(problem)}`)
  const { fingerprint, subject, notAfter } = certificateFacts(certificatePem)
  if (fingerprint === pushedSha256) return passed(`SHA-256 ${short(fingerprint)}`)
  return failed(
    `it serves ${subject}, good until ${notAfter.toISOString().slice(0, 10)}, ` +
      `SHA-256 ${short(fingerprint)}, not ${short(pushedSha256)}`,
  )
}

function judgeAccepted(version: string, answer: TlsAnswer): Verdict {
  if (!answer.asked) return skipped(`openssl of this machine cannot ask for TLS ${version}`)
  return answer.protocol === `TLSv${version}`
    ? passed(`${answer.protocol} was agreed`)
    : failed(`not agreed: ${ending(answer)}`)
}

/** Only alert 70 says "too old", and 80 "not at my level"; all else may be this machine's doing. */
function judgeTooOld(stoppedBy: 'broker' | 'openssl', answer: TlsAnswer): Verdict {
  if (!answer.asked) return skipped('openssl of this machine cannot ask for TLS 1.1')
  if (answer.alert === 70) return passed(alertWords(answer.alert))
  if (answer.alert === 80 && stoppedBy === 'openssl') {
    return passed(`${alertWords(80)}: the security level of its OpenSSL stops it`)
  }
  if (answer.alert === 80) {
    return failed(`${alertWords(80)}: the broker allows it, and only its OpenSSL stops it`)
  }
  return failed(
    answer.protocol === undefined
      ? `not refused as too old: ${ending(answer)}`
      : `${answer.protocol} was agreed`,
  )
}

/** The reason counts: a broker that turns everybody away revokes nobody. */
function judgeRefused(client: BadClient, answer: TlsAnswer): Verdict {
  if (answer.completed) return failed('let in')
  if (answer.alert === undefined) {
    return answer.certificatePem === undefined
      ? failed(`no TLS handshake: ${ending(answer)}`)
      : passed(`turned away without an alert: ${ending(answer)}`)
  }
  return alerts[client].includes(answer.alert)
    ? passed(alertWords(answer.alert))
    : failed(`turned away, but for another reason: ${alertWords(answer.alert)}`)
}

/** As OpenSSL maps its verification errors; 116 where TLS 1.3 was spoken after all. */
const alerts: Readonly<Record<BadClient, readonly number[]>> = {
  none: [40, 116],
  revoked: [44],
  expired: [45],
  'not-yet-valid': [42],
  foreign: [48],
}

/** A TLS port that answers MQTT in clear is no TLS port; a refusal of the login is an answer. */
async function checkPlaintext({ address, port, listener }: Door): Promise<Verdict> {
  const answer = await logIn(
    { address, port, protocol: listener.protocol, tls: undefined },
    { version: 4, username: undefined, password: undefined, certificate: undefined },
  )
  switch (answer.kind) {
    case 'admitted':
      await answer.session.end()
      return failed('a client without TLS, name and password was let in')
    case 'refused':
      return failed(`it speaks MQTT in clear (CONNACK ${String(answer.code)})`)
    case 'closed':
      return /ECONNREFUSED|EHOSTUNREACH/.test(answer.because)
        ? failed(answer.because)
        : passed(`no CONNACK: ${answer.because}`)
  }
}

function ending({ alert, problem, distrust }: TlsAnswer): string {
  if (alert !== undefined) return alertWords(alert)
  return problem || distrust || 'the connection was closed'
}

function inBrackets(words: string): string {
  return words === '' ? '' : ` (${words})`
}

function short(fingerprint: string): string {
  return `${fingerprint.slice(0, 16)}…`
}
