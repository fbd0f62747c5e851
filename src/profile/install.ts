import { createHash } from 'node:crypto'
import { readBeside } from './beside.js'
import type { Fault, Locate } from './document.js'
import type { Draft } from './draft.js'
import { isRefusal, show } from './refusal.js'
import type { FileContent } from './text.js'

interface SourceCheck {
  readonly draft: Draft
  readonly placeOf: Locate
  readonly readFile: (path: string) => FileContent | undefined
}

/** A host builds what it is sent and runs it: so it is looked at before anything is done. */
export function checkSource({ draft, placeOf, readFile }: SourceCheck): readonly Fault[] {
  const { install } = draft
  if (install === undefined || install === 'apt') return []
  const content = readBeside(install.source, {
    what: 'source',
    hint: 'write the path of a Mosquitto source tarball, relative to the profile',
    readFile,
  })
  if (isRefusal(content)) return [{ place: placeOf(['install', 'source'], 'value'), ...content }]
  const found = createHash('sha256').update(content).digest('hex')
  if (found === install.sha256) return []
  return [
    {
      place: placeOf(['install', 'sha256'], 'value'),
      message: `${show(install.source)} has another SHA-256: ${found}`,
      hint: 'fetch the file again, and take its digest from whoever publishes it',
    },
  ]
}
