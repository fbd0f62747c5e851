import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type LabHost, tryPort } from './host.js'
import { type Operator, outcomeIn, said } from './operator.js'
import { smallProfile } from './profile.js'

/** A change with a new port, whose bednet dies when the host is about to commit it. */
export async function leaveUnconfirmed(host: LabHost, one: Operator): Promise<void> {
  const more = 'listeners:\n  - { port: 9001, admit: password }'
  await one.write('bednet.yaml', smallProfile(host).replace('listeners:', more))
  const running = one.start('up', '--json')
  let heard = ''
  for await (const text of running.stderr) {
    heard += String(text)
    if (heard.includes('proving what the broker serves'))
      process.kill(running.pid ?? NaN, 'SIGKILL')
  }
  await running.ended
  const waits = 'until grep -qs confirm_until /var/lib/bednet/journal/state; do sleep 0.1; done'
  expect(await host.run(`timeout 30 sh -c '${waits}'`)).toMatchObject({ exitCode: 0 })
  expect(await tryPort(host, 9001)).toBe('open')
}

/** Until the host has put it back. */
export async function untilClosed(host: LabHost): Promise<void> {
  const closed = 'while [ -e /var/lib/bednet/journal ]; do sleep 0.5; done'
  expect(await host.run(`timeout 110 sh -c '${closed}'`)).toMatchObject({ exitCode: 0 })
}

/** A broker that starts on a scratch copy and not as the service; after it all is as it was. */
export async function failToServe(host: LabHost, one: Operator): Promise<void> {
  await mkdir(join(one.folder, 'own'))
  const template = await one.readTemplate('broker.conf.hbs')
  await one.write('own/broker.conf.hbs', `persistence_location /var/lib/mosquitto/\n${template}`)
  await one.write('bednet.yaml', smallProfile(host, 'templates: ./own\n'))
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(1)
  expect(outcomeIn(up).error?.message).toMatch(
    /the broker does not serve the new configuration; the host is as it was before/,
  )
  await one.write('bednet.yaml', smallProfile(host))
  await rm(join(one.folder, 'own'), { recursive: true })
  await staysAsItIs(one)
}

/** An `up` proves what is there, and has nothing to do. */
export async function staysAsItIs(one: Operator): Promise<void> {
  const up = await one.bednet('up', '--json')
  expect(up.exitCode, said(up)).toBe(0)
  expect(outcomeIn(up)).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
}
