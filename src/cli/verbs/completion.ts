import { BednetError } from '../../error.js'
import { suggest } from '../../profile/nearest.js'
import { bashCompletion } from '../completion/bash.js'
import { fishCompletion } from '../completion/fish.js'
import { zshCompletion } from '../completion/zsh.js'
import type { Verb, VerbRow } from '../verb.js'

/** The verb that completes these verbs. */
export function completing(verbs: readonly VerbRow[]): { readonly run: Verb } {
  const run: Verb = ({ names: [shell = ''], output }) => {
    const write = writers.get(shell)
    if (!write) return Promise.reject(unknownShell(shell))
    const script = write(verbs)
    output.lines([script])
    output.document({ shell, script })
    return Promise.resolve(0)
  }
  return { run }
}

const writers = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
])

function unknownShell(shell: string): BednetError {
  const known = [...writers.keys()]
  return new BednetError('USAGE', `no completion for the shell "${shell}"`, {
    hint: suggest(shell, known) ?? `one of ${known.join(', ')}`,
  })
}
