import { createHash } from 'node:crypto'
import type { Fault, Locate } from './document.js'
import type { Draft } from './draft.js'
import { isRefusal, type Refusal, show } from './refusal.js'
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
  const content = contentOf(install.source, readFile)
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

function contentOf(path: string, readFile: SourceCheck['readFile']): FileContent | Refusal {
  try {
    return readFile(path) ?? unreadable(path, 'there is no such file')
  } catch (error) {
    return unreadable(path, error instanceof Error ? error.message : 'it cannot be read')
  }
}

function unreadable(path: string, reason: string): Refusal {
  return {
    message: `source ${show(path)} cannot be read: ${reason}`,
    hint: 'write the path of a Mosquitto source tarball, relative to the profile',
  }
}
