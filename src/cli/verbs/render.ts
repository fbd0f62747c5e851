import { BednetError } from '../../error.js'
import { renderHosts, writeRendered } from '../../operations/render.js'
import { openProject } from '../project.js'
import type { Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, world, output } = call
  const project = await openProject(call)
  const version = versionOf(options.mosquitto)
  const files = await renderHosts({ project, world, brokers: options.hosts, version })
  if (options.out === undefined) {
    output.lines(
      files.flatMap(({ path, text }) => [output.paint.bold(`==> ${path}`), text.trimEnd(), '']),
    )
  } else {
    await writeRendered(options.out, files)
    output.lines(files.map(({ path }) => `${String(options.out)}/${path}`))
  }
  output.document({ files })
  return 0
}

const versions = ['2.0', '2.1']

function versionOf(typed = '2.0'): string {
  if (versions.includes(typed)) return typed
  throw new BednetError('USAGE', `--mosquitto ${typed}: no such version is known`, {
    hint: `one of ${versions.join(', ')}`,
  })
}
