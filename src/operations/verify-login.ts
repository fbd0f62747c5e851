import { randomBytes } from 'node:crypto'
import type { Login, MqttCheck } from '../broker/expectation.js'
import { logIn, type LoginAnswer, type MqttLogin } from '../hosts/mqtt.js'
import { isAuthorizationRefusal, reasonWords } from '../hosts/reason-code.js'
import { Secret } from '../secret.js'
import type { CanaryCredential, Door, Scene } from './verify-scene.js'
import { failed, passed, skipped, type Verdict } from './verify-verdict.js'

type LoginCheck = Extract<MqttCheck, { kind: 'mqtt-admitted' | 'mqtt-refused' }>

/** Whether a client gets in, or is turned away as one without a right to. */
export async function checkLogin(scene: Scene, door: Door, check: LoginCheck): Promise<Verdict> {
  const missing = missingCredential(scene, check.as)
  if (missing !== undefined) return skipped(missing)
  const version = check.kind === 'mqtt-admitted' ? check.version : 5
  const answer = await knockAs(scene, door, { login: check.as, version })
  if (answer.kind === 'admitted') await answer.session.end()
  return check.kind === 'mqtt-admitted' ? judgeAdmitted(answer) : judgeRefused(answer)
}

/** Why this login cannot be tried; undefined where it can. */
export function missingCredential({ input }: Scene, login: Login): string | undefined {
  const names = [
    ...(login.certificate === undefined ? [] : [login.certificate]),
    ...(login.username === undefined || login.password !== 'own' ? [] : [login.username]),
  ]
  const missing = names.find(name => !input.credentials.canaries.has(name))
  return missing && `there is no credential of ${missing} here: "bednet up" issues it`
}

/** Tries a login; the secrets come from the vault, or from nowhere where it is to be refused. */
export async function knockAs(
  { input }: Scene,
  { address, port, listener }: Door,
  { login, version }: { readonly login: Login; readonly version: 4 | 5 },
): Promise<LoginAnswer> {
  const { caPem, canaries } = input.credentials
  const shown = login.certificate === undefined ? undefined : canaries.get(login.certificate)
  const tls = listener.tls ? { authorityPem: caPem, name: input.broker.commonName } : undefined
  return logIn({ address, port, protocol: listener.protocol, tls }, {
    version,
    username: login.username,
    password: passwordOf(login, canaries),
    certificate: shown && { pem: shown.certificatePem, key: shown.keyPem },
  } satisfies MqttLogin)
}

export function judgeAdmitted(answer: LoginAnswer): Verdict {
  switch (answer.kind) {
    case 'admitted':
      return passed('CONNACK 0')
    case 'refused':
      return failed(`CONNACK: ${reasonWords(answer.code)}`)
    case 'closed':
      return failed(answer.because)
  }
}

/** A connection that just ends says nothing about names and passwords. */
export function judgeRefused(answer: LoginAnswer): Verdict {
  switch (answer.kind) {
    case 'admitted':
      return failed('let in')
    case 'refused':
      return isAuthorizationRefusal(answer.code)
        ? passed(`CONNACK: ${reasonWords(answer.code)}`)
        : failed(`turned away, but for another reason: ${reasonWords(answer.code)}`)
    case 'closed':
      return failed(`no answer to the login: ${answer.because}`)
  }
}

const wrongPasswordBytes = 18

function passwordOf(
  { username, password }: Login,
  canaries: ReadonlyMap<string, CanaryCredential>,
): Secret | undefined {
  switch (password) {
    case 'none':
      return undefined
    case 'wrong':
      return new Secret(randomBytes(wrongPasswordBytes).toString('base64url'))
    case 'own':
      return username === undefined ? undefined : canaries.get(username)?.password
  }
}
