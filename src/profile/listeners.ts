import { isLoopbackAddress } from './address.js'
import type { Draft, Entry } from './draft.js'
import type { Listener } from './fleet.js'
import type { Finding, Path } from './issues.js'
import type { Refusal } from './refusal.js'
import type { Parts } from './schema.js'

type ListenerPart = Parts['listener']

/** Where a value was written, as `file:line:column`. */
type Places = (path: Path) => string

/** Fills in what depends on the rest of the listener: TLS, and whom the firewall lets in. */
export function resolveListener(part: ListenerPart): Listener {
  const { port, bind, protocol, admit, from } = part
  const sources = isLoopback(part) ? 'nowhere' : (from ?? 'anywhere')
  return { port, bind, protocol, tls: hasTls(part), admit, sources }
}

/** All that keeps the listeners from opening, or anybody from coming in. */
export function checkListeners(draft: Draft, placeOf: Places): readonly Finding[] {
  // Of listeners that could not be read it is not known what they admit.
  const isWhole = draft.listeners.length === draft.written.listeners.length
  return [
    ...draft.listeners.flatMap(checkOne),
    ...checkPorts(draft, placeOf),
    ...(isWhole ? checkTogether(draft) : []),
  ]
}

function isLoopback({ bind }: ListenerPart): boolean {
  return bind === 'loopback' || (typeof bind === 'object' && isLoopbackAddress(bind.address))
}

function hasTls(part: ListenerPart): boolean {
  return part.tls ?? (!isLoopback(part) || admitsCertificates(part))
}

function admitsCertificates({ admit }: ListenerPart): boolean {
  return admit !== 'password'
}

// A certificate without TLS is a mistake of its own, and plaintext would not mend it.
function isPlaintextOffLoopback(part: ListenerPart): boolean {
  return !hasTls(part) && !isLoopback(part) && !admitsCertificates(part)
}

/** What must not be, within one listener. */
interface Rule {
  readonly key: keyof ListenerPart
  readonly isBroken: (part: ListenerPart) => boolean
  readonly message: (part: ListenerPart) => string
  readonly hint: string
}

function checkOne({ path, value }: Entry<ListenerPart>): readonly Finding[] {
  return rules
    .filter(({ isBroken }) => isBroken(value))
    .map(({ key, message, hint }) => ({
      path: [...path, key],
      target: 'value',
      message: message(value),
      hint,
    }))
}

const rules: readonly Rule[] = [
  {
    key: 'tls',
    isBroken: part => part.tls === false && admitsCertificates(part),
    message: ({ admit }) => `"admit: ${admit}" without TLS: certificates are shown in TLS only`,
    hint: 'remove "tls: false", or write "admit: password"',
  },
  {
    key: 'tls',
    isBroken: part => isPlaintextOffLoopback(part) && part.plaintext === undefined,
    message: ({ port }) => `port ${String(port)} would carry passwords and messages in clear text`,
    hint: 'remove "tls: false"; or write "bind: loopback"; or add "plaintext: accepted"',
  },
  {
    key: 'plaintext',
    isBroken: part => part.plaintext !== undefined && (hasTls(part) || isLoopback(part)),
    message: ({ port }) => `port ${String(port)} sends no plaintext over a network`,
    hint: 'remove "plaintext"; it belongs beside "tls: false" off loopback',
  },
  {
    key: 'from',
    isBroken: part => part.from !== undefined && isLoopback(part),
    message: ({ port }) => `port ${String(port)} is on loopback, where no firewall looks`,
    hint: 'remove "from", or bind it to everywhere',
  },
  {
    key: 'admit',
    isBroken: part => part.protocol === 'websockets' && admitsCertificates(part),
    message: ({ admit }) =>
      `"admit: ${admit}" on WebSockets, where Mosquitto 2.0 ignores the CRL: the revoked would get in`,
    hint: 'write "admit: password" here, and give certificates a listener with "protocol: mqtt"',
  },
]

function checkPorts({ listeners }: Draft, place: Places): readonly Finding[] {
  const first = new Map<number, Entry<ListenerPart>>()
  return listeners.flatMap(({ path, value }): readonly Finding[] => {
    const other = first.get(value.port)
    if (!other) first.set(value.port, { path, value })
    if (!other) return []
    const message = `port ${String(value.port)} was given already at ${place([...other.path, 'port'])}`
    return [
      {
        path: [...path, 'port'],
        target: 'value',
        message,
        hint: 'give each listener its own port',
      },
    ]
  })
}

function checkTogether(draft: Draft): readonly Finding[] {
  const { listeners, written } = draft
  if (listeners.length === 0) return []
  const findings: Finding[] = []
  const needsPlain = listeners.every(({ value }) => value.protocol === 'websockets')
  if (needsPlain) findings.push({ path: ['listeners'], target: 'key', ...onlyWebsockets })
  const isPassword = ({ admit }: ListenerPart) => admit !== 'certificate'
  const password = listeners.find(({ value }) => isPassword(value))
  const hasUsers = written.users.length > 0
  if (password && !hasUsers) {
    findings.push({
      path: [...password.path, 'admit'],
      target: 'value',
      ...noUsers(password.value),
    })
  }
  if (hasUsers && !password) findings.push({ path: ['users'], target: 'key', ...noPasswords })
  const hasDevices = written.devices.length > 0
  const hasCertificates = listeners.some(({ value }) => admitsCertificates(value))
  if (hasDevices && !hasCertificates) {
    findings.push({ path: ['devices'], target: 'key', ...noCertificates })
  }
  return findings
}

const onlyWebsockets: Refusal = {
  message: 'all listeners speak WebSockets, and with these alone Mosquitto 2.0 does not start',
  hint: 'add { port: 1883, bind: loopback, admit: password }',
}

const noPasswords: Refusal = {
  message: 'there are users, but no listener admits a password',
  hint: 'add { port: 1883, bind: loopback, admit: password } to "listeners", or remove "users"',
}

const noCertificates: Refusal = {
  message: 'there are devices, but no listener admits a certificate',
  hint: 'add { port: 8883, admit: certificate } to "listeners", or make users of them',
}

function noUsers({ port, admit }: ListenerPart): Refusal {
  return {
    message: `port ${String(port)} admits by ${admit}, but there are no users: nobody gets in`,
    hint: 'add one: users: { dashboard: { role: ROLE } }; or write "admit: certificate"',
  }
}
