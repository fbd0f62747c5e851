// Sends a file as an upload to a host, by `perform` itself: it is unpacked there, and a script run.
import { readFileSync } from 'node:fs'
import { packFiles } from '../../../src/hosts/archive.ts'
import { hostOn } from '../../../src/hosts/host.ts'
import { openSsh } from '../../../src/hosts/ssh.ts'

const end = '{"kind":"end","status":"done","message":""}'

async function push([user, name, path]) {
  const world = { environment: process.env, ask: undefined, confirm: undefined }
  const shell = await openSsh({ kind: 'ssh', user, name }, { world })
  const host = hostOn(shell, { root: '', services: 'detect' })
  const archive = await packFiles({
    'transaction.sh': `printf '%s\\n' '${end}' >>events\n`,
    large: readFileSync(path),
  })
  let last
  for await (const event of host.perform({ archive })) last = event
  await host.close()
  if (last?.status !== 'done') throw new Error(`the upload ended with ${JSON.stringify(last)}`)
}

void push(process.argv.slice(2)).then(() => process.exit(0))
