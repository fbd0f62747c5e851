import { BednetError, type Mistake } from '../error.js'
import { checkDraft } from './check.js'
import { expandDevices } from './devices.js'
import { byPlace, type Fault, parseDocument, type ProfileDocument } from './document.js'
import { readDraft } from './draft.js'
import type { Fleet } from './fleet.js'
import { readInstall } from './install.js'
import { type Circumstances, type Remark, remarksOn } from './remarks.js'
import { resolveFleet } from './resolve.js'
import { type FileContent, readText } from './text.js'

/** A profile as it was read, and what else reading it takes. */
export interface ProfileSource {
  /** As a person typed it: it stands in front of every mistake. */
  readonly path: string
  /** Absolute folder of the profile. */
  readonly folder: string
  /** The whole file, best as bytes: of a text it is no longer known whether it was UTF-8. */
  readonly content: FileContent
  /**
   * Reads a file that the profile names (`from: devices.csv`); a relative path is relative to
   * `folder`. Yields undefined, or throws, where it cannot be read.
   */
  readonly readFile: (path: string) => FileContent | undefined
}

/**
 * Reads a profile into a fleet: defaults filled in, ranges and lists written out, references and
 * names checked.
 *
 * Throws PROFILE_INVALID with all mistakes in file order. No message holds what was written under
 * `password`, `passphrase`, `identity` or `pin`.
 * @example
 * ```ts
 * import { BednetError, readProfile, type ErrorCode, type Fleet, type ProfileSource } from 'bednet'
 *
 * const content = `
 * site: garden
 * brokers: { hub: { host: root@hub.example.org } }
 * listeners: [{ port: 8883, admit: certificate }]
 * devices: [{ names: 'sensor-{1..3}', role: sensor }]
 * roles: { sensor: { publish: ['sensors/%u/#'] } }`
 * const readFile = () => undefined // where lists of devices would be read
 * const source: ProfileSource = { path: 'bednet.yaml', folder: '/srv/garden', content, readFile }
 *
 * const fleet: Fleet = readProfile(source)
 * fleet.devices.map(({ name }) => name) // => ['sensor-1', 'sensor-2', 'sensor-3']
 *
 * let code: ErrorCode | undefined
 * try {
 *   readProfile({ ...source, content: 'site: Garden' })
 * } catch (error) {
 *   if (error instanceof BednetError) code = error.code
 * }
 * code // => 'PROFILE_INVALID'
 * ```
 */
export function readProfile(source: ProfileSource): Fleet {
  return examineProfile(source).fleet
}

/** A sound profile, and what is worth a word about it all the same. */
export interface Examined {
  readonly fleet: Fleet
  readonly remarks: (circumstances: Circumstances) => readonly Remark[]
}

/** As `readProfile`, with remarks. */
export function examineProfile(source: ProfileSource): Examined {
  const text = readText(source.path, source.content, largestProfileBytes)
  if (typeof text !== 'string') throw invalid(source, [text])
  const document = parseDocument(source.path, text)
  if (!('place' in document)) throw invalid(source, document)
  if (document.content === null) throw invalid(source, [emptyProfile(source)])
  return resolveProfile(source, document)
}

/**
 * A mistake in one line, as an editor or a terminal can jump to it.
 * @example
 * ```ts
 * import { describeMistake, type Mistake } from 'bednet'
 *
 * const mistake: Mistake = { at: 'bednet.yaml:3:5', message: 'no such role', hint: 'add it' }
 * describeMistake(mistake) // => 'bednet.yaml:3:5: no such role. Hint: add it'
 * ```
 */
export function describeMistake({ at, message, hint }: Mistake): string {
  return `${at}: ${message}. Hint: ${hint}`
}

// A hundred thousand devices fit a line or a CSV file, and twenty thousand users half of this. The
// YAML reader takes a second for each megabyte, and far longer where it is full of errors.
const largestProfileBytes = 2_000_000

function emptyProfile({ path }: ProfileSource): Mistake {
  return {
    at: `${path}:1:1`,
    message: 'the profile is empty',
    hint: 'run "bednet init", which writes a commented one',
  }
}

function invalid({ path }: ProfileSource, mistakes: readonly Mistake[]): BednetError {
  const [first] = mistakes
  const count = mistakes.length === 1 ? 'a mistake' : `${String(mistakes.length)} mistakes`
  return new BednetError('PROFILE_INVALID', `${count} in ${path}`, {
    ...(first && { at: first.at, hint: first.hint }),
    mistakes,
  })
}

function resolveProfile(source: ProfileSource, document: ProfileDocument): Examined {
  const { draft, findings } = readDraft(document.content)
  const { devices, faults } = expandDevices(draft, {
    document,
    profile: source.path,
    readFile: source.readFile,
  })
  const found = findings.map(({ path, target, message, hint }) => ({
    place: document.place(path, target),
    message,
    hint,
  }))
  const { folder, readFile } = source
  const install = readInstall(draft.install, { folder, readFile, placeOf: document.place })
  const all = [
    ...found,
    ...faults,
    ...('source' in install ? [] : install),
    ...checkDraft({ draft, devices, placeOf: document.place }),
  ]
  const fleet =
    all.length === 0 && 'source' in install
      ? resolveFleet(draft, devices, { folder, install })
      : undefined
  if (!fleet) throw invalid(source, inOrder(all))
  const whole = { draft, devices, placeOf: document.place }
  return { fleet, remarks: circumstances => remarksOn(whole, circumstances) }
}

/** What stands in an anchor is one mistake, however often the anchor is used. */
function inOrder(faults: readonly Fault[]): readonly Mistake[] {
  const mistakes = new Map<string, Mistake>()
  for (const { place, message, hint } of [...faults].sort(byPlace)) {
    mistakes.set(`${place.at} ${message}`, { at: place.at, message, hint })
  }
  return [...mistakes.values()]
}
