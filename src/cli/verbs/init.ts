import { writeStarter } from '../../operations/init.js'
import type { Verb } from '../verb.js'

export const run: Verb = async ({ names, options, output }) => {
  const path = names[0] ?? 'bednet.yaml'
  await writeStarter(path)
  const named = path === options.profile ? '' : ` -f ${path}`
  output.lines([
    `wrote ${path}`,
    '',
    'Next: change what is marked with "<-" in it, then',
    `  bednet check${named}`,
  ])
  output.document({ written: path })
  return 0
}
