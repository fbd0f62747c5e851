import { listDevices, type ListedDevice } from '../../operations/list.js'
import { openProject } from '../project.js'
import type { Paint, Verb } from '../verb.js'

export const run: Verb = async call => {
  const { world, output } = call
  const devices = await listDevices(await openProject(call), world)
  output.table(
    ['device', 'role', 'state', 'good until', 'serial'],
    devices.map(device => row(device, output.paint)),
  )
  output.document({ devices })
  return 0
}

function row({ name, role, state, notAfter, serial }: ListedDevice, paint: Paint) {
  const colour = state === 'good' ? paint.green : state === 'not issued' ? paint.dim : paint.yellow
  return [name, role ?? '-', colour(state), notAfter?.slice(0, 10) ?? '-', serial ?? '-']
}
