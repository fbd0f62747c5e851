import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import mqtt from 'mqtt'
import type { LabHost } from '../lab/host.js'
import type { Operator } from '../lab/operator.js'

const port = 8883
const vault = '.bednet/lab'
const answerLimitMs = 3_000

/** SHA-256 of the certificate that the broker serves, as seen from outside; or `nothing`. */
export async function served(host: LabHost, one: Operator): Promise<string> {
  const identity = await credential(one)
  return await new Promise(resolve => {
    const options = { host: host.address, port, rejectUnauthorized: false, ...identity }
    const socket = connect(options, () => {
      settle(socket.getPeerCertificate().fingerprint256)
    })
    const settle = (what: string) => {
      socket.destroy()
      resolve(what)
    }
    socket.setTimeout(answerLimitMs, () => {
      settle('nothing')
    })
    socket.on('error', () => {
      settle('nothing')
    })
  })
}

/** Of the certificate that the vault has for the broker. */
export async function issued(one: Operator): Promise<string> {
  const text = await one.read(`${vault}/brokers/hub/broker.crt`)
  return new X509Certificate(text).fingerprint256
}

/** A device that listens all the while. */
export interface Subscriber {
  /** Whether its session has been there from the beginning, by asking the broker. */
  readonly isStillThere: () => Promise<boolean>
  readonly leave: () => Promise<void>
}

export async function subscriber(host: LabHost, one: Operator): Promise<Subscriber> {
  const client = await mqtt.connectAsync({
    ...{ protocol: 'mqtts', host: host.address, port, clientId: device, clean: false },
    ...{ reconnectPeriod: 0, rejectUnauthorized: false, ...(await credential(one)) },
  })
  let isLost = false
  client.on('close', () => (isLost = true))
  client.on('error', () => (isLost = true))
  const ask = () => client.subscribeAsync(`commands/${device}`, { qos: 1 })
  await ask()
  return {
    isStillThere: async () => {
      if (!isLost) await ask().catch(() => (isLost = true))
      return !isLost
    },
    leave: () => client.endAsync(true),
  }
}

const device = 'plug-1'

/** None before the first `up`. */
async function credential(one: Operator): Promise<{ cert?: string; key?: string }> {
  try {
    const folder = `${vault}/devices/${device}`
    return {
      cert: await one.read(`${folder}/client.crt`),
      key: await one.read(`${folder}/client.key`),
    }
  } catch {
    return {}
  }
}
