import type { LabHost } from './host.js'

type Reached = Pick<LabHost, 'address' | 'ipv6' | 'port' | 'user'>

/**
 * A small profile with every kind of listener: a certificate, a password on loopback, and WebSockets.
 * `more` is added at the end.
 */
export function smallProfile({ address, ipv6, port, user }: Reached, more = ''): string {
  const where = ipv6 === null ? address : `[${ipv6}]`
  return `
site: lab
authority:
  passphrase: { env: BEDNET_CA_PASSPHRASE }
brokers:
  hub:
    host: '${user}@${where}:${String(port)}'
    commonName: hub.lab.test
listeners:
  - { port: 1883, bind: loopback, admit: password }
  - { port: 8883, admit: certificate }
  - { port: 8884, admit: password, protocol: websockets }
${smallPeople}${more}`
}

/** Who may do what there, behind a firewall. */
export const smallPeople = `users:
  app:
    password: { env: MOSQUITTO_PASSWORD }
    role: operator
devices:
  - { names: 'plug-{1..3}', role: plug }
roles:
  plug: { publish: ['plugs/%u/#'], subscribe: ['commands/%u'] }
  operator: { publish: ['commands/+'], subscribe: ['plugs/#'] }
firewall:
  enable: true
`

export const smallSecrets = {
  BEDNET_CA_PASSPHRASE: 'pl4nted-authority-passphrase',
  MOSQUITTO_PASSWORD: 'pl4nted-users-password',
} as const

/** Every release has WebSockets in its broker; the clients of this machine have not. */
export const cannotBeTried = [
  '8884/mosquitto-clients skipped: the Mosquitto clients do not speak MQTT over WebSockets',
]
