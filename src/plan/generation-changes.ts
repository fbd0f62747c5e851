import { diffLines } from './diff.js'
import {
  largestOpenKib,
  openFiles,
  sha256,
  type FileSeen,
  type GenerationSeen,
} from './generation.js'
import type { RecordSeen } from './record.js'
import type { Change, Content, GenerationFile } from './resource.js'

/** One change per file that differs; none where the present generation is right as it is. */
export function compareGeneration(
  desired: readonly GenerationFile[],
  seen: GenerationSeen,
): readonly Change[] {
  const wanted = new Set(desired.map(file => file.name))
  const gone = [...seen.files.keys()].filter(name => !wanted.has(name))
  return [
    ...desired.flatMap(file => compareFile(file, seen)),
    ...gone.map(name => ({
      resource: `file ${name}`,
      action: 'delete' as const,
      ...(seen.record.files === undefined || seen.record.files.has(name)
        ? { because: 'not in the profile' }
        : { because: 'put there by hand on the host', isDrift: true as const }),
    })),
    ...(seen.current !== undefined && !seen.linked
      ? [
          {
            resource: 'file conf.d/00-bednet.conf',
            action: 'update' as const,
            because: 'does not lead to the current generation',
            // A switch that was cut off leaves it so too, but then nothing is loaded.
            ...(seen.loaded === seen.current ? { isDrift: true as const } : {}),
          },
        ]
      : []),
  ]
}

function compareFile(file: GenerationFile, host: GenerationSeen): readonly Change[] {
  const resource = `file ${file.name}`
  const seen = host.files.get(file.name)
  const recorded = host.record.files?.get(file.name)
  if (seen === undefined) {
    return [{ resource, action: 'create', ...absence(file.content, recorded !== undefined) }]
  }
  const reason = differentContent(file, seen, recorded) ?? differentAttributes(file, seen, recorded)
  return reason === undefined ? [] : [{ resource, action: 'update', ...reason }]
}

type Reason = Omit<Change, 'resource' | 'action'>
type FileRecord = NonNullable<ReturnType<NonNullable<RecordSeen['files']>['get']>>

function absence(content: Content, isRecorded: boolean): Reason {
  if (isRecorded) return { because: 'removed by hand from the host', isDrift: true }
  return { because: content.kind === 'pending' ? content.because : 'not on the host' }
}

/** What a host must have of a content; undefined while nobody can know. */
function digestOf(content: Content): string | undefined {
  if (content.kind === 'pending') return undefined
  return content.kind === 'text' ? sha256(content.text) : content.sha256
}

function differentContent(
  { name, content }: GenerationFile,
  seen: FileSeen,
  recorded: FileRecord | undefined,
): Reason | undefined {
  const after = digestOf(content)
  const isEdited = recorded !== undefined && recorded.sha256 !== seen.sha256
  const byHand = isEdited ? { isDrift: true as const } : {}
  if (content.kind === 'pending') {
    const edited = isEdited ? 'edited by hand on the host, and ' : ''
    return { because: `${edited}${content.because}`, ...byHand }
  }
  if (after === undefined || after === seen.sha256) return undefined
  const diff = diffOf(name, content, seen)
  const short = `sha256 ${seen.sha256.slice(0, 8)}… becomes ${after.slice(0, 8)}…`
  const why = whyDifferent(name, { isEdited, isAsRecorded: recorded?.sha256 === after, recorded })
  return {
    because: diff.length > 0 && recorded !== undefined ? why : `${why}, ${short}`,
    sha256: { before: seen.sha256, after },
    ...(diff.length > 0 ? { diff } : {}),
    ...byHand,
  }
}

function whyDifferent(
  name: string,
  is: {
    readonly isEdited: boolean
    readonly isAsRecorded: boolean
    readonly recorded: FileRecord | undefined
  },
): string {
  if (is.recorded === undefined) return 'changed'
  const source = openFiles.includes(name)
    ? 'the profile asks for another now'
    : 'the vault has another one'
  if (!is.isEdited) return source
  return is.isAsRecorded
    ? 'edited by hand on the host'
    : `edited by hand on the host, and ${source}`
}

function diffOf(name: string, content: Content, { text }: FileSeen): readonly string[] {
  if (content.kind !== 'text' || !openFiles.includes(name)) return []
  const limit = largestOpenKib * 1024
  if (text === undefined || content.text.length > limit) {
    return [`… larger than ${String(largestOpenKib)} kB: its lines are not compared`]
  }
  const lines = diffLines(text, content.text)
  return lines.length > 0 ? lines : ['… only the end of its last line']
}

function differentAttributes(
  file: GenerationFile,
  seen: FileSeen,
  recorded: FileRecord | undefined,
): Reason | undefined {
  const owner = `${file.owner}:mosquitto`
  const isMode = file.mode !== seen.mode
  if (!isMode && (seen.owner === owner || seen.owner === 'anybody')) return undefined
  const isDrift = isMode ? recorded?.mode === file.mode : recorded?.owner === owner
  const what = isMode
    ? `mode is ${seen.mode.toString(8)}, not ${file.mode.toString(8)}`
    : `owner is ${seen.owner}, not ${owner}`
  return isDrift ? { because: `changed by hand on the host: ${what}`, isDrift } : { because: what }
}
