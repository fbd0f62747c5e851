import { endLab, labHost, type LabHost, type Release } from '../lab/host.js'
import { operator, type Operator, said } from '../lab/operator.js'
import { smallPeople, smallSecrets } from '../lab/profile.js'

/** A host and a person at it, for one case after the other. */
export interface Bench {
  readonly name: string
  readonly release: Release
  readonly host: LabHost
  readonly one: Operator
  /** The broker's certificate and one port carry its number, so that each turn changes something. */
  readonly turn: number
  readonly port: number
}

/** A fresh host with nothing on it; the vault is made with the first `up`. */
export async function openBench(name: string, release: Release): Promise<Bench> {
  const host = await labHost({ name, release })
  const one = await operator({ host, profile: faultProfile(host, 0, 0), environment: smallSecrets })
  return { name, release, host, one, turn: 0, port: 0 }
}

export async function closeBench({ host, one }: Bench): Promise<void> {
  await endLab(host)
  await one.remove()
}

/** Another host in its place, with nothing on it, for the same person. */
export async function emptied(bench: Bench): Promise<Bench> {
  return { ...bench, host: await labHost(bench) }
}

/** The next profile, not yet brought to the host. */
export async function turned(bench: Bench, changes: 'certificate' | 'port'): Promise<Bench> {
  const turn = bench.turn + 1
  const port = changes === 'port' ? 9000 + (turn % 500) : bench.port
  await bench.one.write('bednet.yaml', faultProfile(bench.host, turn, port))
  return { ...bench, turn, port }
}

export async function isUp({ one }: Bench): Promise<void> {
  const up = await one.bednet('up', '--yes', '--json')
  if (up.exitCode !== 0) throw new Error(`"up" does not end well: ${said(up)}`)
}

/** No loopback listener: that nobody reaches it takes three seconds to prove, at each `up`. */
function faultProfile({ address, port, user }: LabHost, turn: number, extra: number): string {
  return `
site: lab
authority:
  passphrase: { env: BEDNET_CA_PASSPHRASE }
brokers:
  hub:
    host: '${user}@${address}:${String(port)}'
    commonName: hub.lab.test
    names: ['turn-${String(turn)}.lab.test']
listeners:
  - { port: 8883, admit: certificate }
  - { port: 8884, admit: password }
${extra === 0 ? '' : `  - { port: ${String(extra)}, admit: password }`}
${smallPeople}`
}
