import { type LabHost, power } from '../lab/host.js'
import type { Running } from '../lab/operator.js'

/** What ends a change before its time, while its script stands still. */
export interface Cut {
  readonly name: string
  /** The script on the host is no more: what it had begun is put back by the guard or the next run. */
  readonly endsScript: boolean
  /** It needs a script that runs. */
  readonly isOfScript?: true
  readonly strike: (host: LabHost, running: Running) => Promise<unknown>
}

/** The units of changes, and not those of the guard: twelve hexadecimal digits. */
export const changeUnits = 'bednet-????????????.service'

const connection: Cut = {
  name: 'connection',
  endsScript: false,
  strike: host => host.run(`ss -K state established '( sport = :${String(host.port)} )'`),
}

const bednet: Cut = {
  name: 'bednet',
  endsScript: false,
  strike: (_, { pid }) => Promise.resolve(process.kill(pid ?? NaN, 'SIGKILL')),
}

const script: Cut = {
  name: 'script',
  endsScript: true,
  isOfScript: true,
  strike: host => host.run('kill -KILL $(cat /run/bednet/*/process)'),
}

const unit: Cut = {
  name: 'unit',
  endsScript: true,
  isOfScript: true,
  strike: host => host.run(`systemctl kill --signal=KILL '${changeUnits}'`),
}

const powerCut: Cut = {
  name: 'power',
  endsScript: true,
  strike: async host => {
    await power(host, 'kill')
    await power(host, 'start')
    await host.run('timeout 60 systemctl is-system-running --wait')
  },
}

export const cuts = [connection, bednet, script, unit, powerCut] as const
