import type { Verb } from '../verb.js'
import { bednetVersion } from '../version.js'

export const run: Verb = ({ output }) => {
  const version = bednetVersion()
  output.lines([`bednet ${version}`])
  output.document({ version, node: process.versions.node })
  return Promise.resolve(0)
}
