import { shellAssignments, shellWord } from '../command.js'
import { diffLines } from './diff.js'
import { sha256 } from './generation.js'
import type { Machine } from './machine.js'
import type { ArchiveFiles, ArchiveWanted, Change, Conflict } from './resource.js'

export interface ArchiveSeen {
  /** The files that name an archive to apt; undefined where bednet has put none there. */
  readonly source: string | undefined
  readonly pin: string | undefined
  readonly keySha256: string | undefined
  /** Of an archive that is not there yet: the version of Mosquitto that it would bring. */
  readonly candidate: string | undefined
  /** Why apt cannot read such an archive. */
  readonly unreadable: string | undefined
}

const keyPath = '/etc/apt/keyrings/bednet-mosquitto.asc'

/** What is there; and of an archive that is not yet, what apt would find in it. */
export function archiveQuestion(wanted?: ArchiveWanted): string {
  return wanted === undefined ? presentQuestion : `${presentQuestion}${aheadQuestion(wanted)}`
}

const presentQuestion = String.raw`
cd "$ROOT/etc/apt" 2>/dev/null || exit 0
list=sources.list.d/bednet-mosquitto.list
if [ -e "$list" ]; then
  sed 's/^/source /' "$list"
  sed 's/^/pin /' preferences.d/bednet-mosquitto.pref
  echo "key $(sha256sum <keyrings/bednet-mosquitto.asc)"
fi
`

/** By an apt with lists of its own, in a folder that goes with the question. */
function aheadQuestion(wanted: ArchiveWanted): string {
  const { url, suite, fingerprint, isForUbuntu, key } = wanted
  const codename = isForUbuntu ? '$UBUNTU_CODENAME' : '$VERSION_CODENAME'
  const line = sourceLine(
    { url: '$url', fingerprint: fingerprint && '$fingerprint' },
    { suite: '$suite', keyFile: '$1' },
  )
  const fetchKey = `/usr/lib/apt/apt-helper download-file ${shellWord(keyAddress(wanted))} "$ahead/key.asc"`
  return String.raw`
. /etc/os-release
${shellAssignments({ url, fingerprint: fingerprint ?? '', key: keyPath })}
suite=${suite === undefined ? codename : shellWord(suite)}
[ -n "$suite" ] || exit 0
source_line() { echo "${line}"; }
source_line "$key" | grep -qxFf - "$list" && exit 0
ahead=$(mktemp -d) || exit 0
trap 'rm -rf "$ahead"' EXIT
mkdir -p "$ahead/lists/partial"
source_line "$ahead/key.asc" >"$ahead/source.list"
look() {
  timeout ${String(lookSeconds)} "$@" -q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$ahead/source.list" \
    -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$ahead/lists" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
}
{ ${key === undefined ? fetchKey : `printf %s ${shellWord(key)} >"$ahead/key.asc"`} &&
  look apt-get update; } >"$ahead/log" 2>&1
look apt-cache policy mosquitto >"$ahead/policy" 2>/dev/null
if grep -qF " $url " "$ahead/policy"; then
  sed -n 's/^  Candidate: /candidate /p' "$ahead/policy"
else
  echo "unreadable $(grep '^[EW]: ' "$ahead/log" | head -n 1)"
fi
exit 0
`
}

/** A plan is waited for. */
const lookSeconds = 20

export function parseArchive(answer: string): ArchiveSeen {
  const lines = answer.split('\n')
  const rest = (word: string) =>
    lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1))
  const text = (word: string) => {
    const found = rest(word)
    return found.length === 0 ? undefined : found.map(line => `${line}\n`).join('')
  }
  return {
    source: text('source'),
    pin: text('pin'),
    keySha256: rest('key')[0]?.split(' ')[0],
    candidate: /^[\d.]+/.exec(rest('candidate')[0] ?? '')?.[0],
    unreadable: rest('unreadable')[0]?.replace(/^[EW]: /, ''),
  }
}

interface ArchiveDifference {
  readonly changes: readonly Change[]
  readonly conflicts: readonly Conflict[]
  readonly notes: readonly string[]
  /** What apt is to be told; `remove` where an archive of ours is to go. */
  readonly files?: ArchiveFiles | 'remove'
}

const nothing: ArchiveDifference = { changes: [], conflicts: [], notes: [] }

export function compareArchive(
  wanted: ArchiveWanted | undefined,
  seen: ArchiveSeen,
  machine: Pick<Machine, 'system' | 'codename' | 'ubuntuCodename'>,
): ArchiveDifference {
  if (wanted === undefined) return seen.source === undefined ? nothing : removed(seen.source)
  const { isForUbuntu } = wanted
  const suite = wanted.suite ?? (isForUbuntu ? machine.ubuntuCodename : machine.codename)
  if (suite === undefined) return { ...nothing, conflicts: [noSuite(wanted, machine.system)] }
  const files = {
    source: `# Written by bednet; "bednet down" takes it away.\n${sourceLine(wanted, { suite, keyFile: keyPath })}\n`,
    pin: pinText(wanted),
    key: wanted.key === undefined ? { url: keyAddress(wanted) } : { text: wanted.key },
  }
  const isKeyRight = files.key.text === undefined || sha256(files.key.text) === seen.keySha256
  if (files.source === seen.source && files.pin === seen.pin && isKeyRight) return nothing
  const isNew = seen.source === undefined
  return {
    ...nothing,
    changes: [
      {
        resource: `archive ${wanted.url} ${suite}`,
        action: isNew ? 'create' : 'update',
        because: isNew ? 'not among the sources of apt' : 'apt knows it otherwise',
        diff: diffLines(`${seen.source ?? ''}${seen.pin ?? ''}`, `${files.source}${files.pin}`),
      },
    ],
    notes: seen.unreadable === undefined ? [] : [`apt cannot read the archive: ${seen.unreadable}`],
    files,
  }
}

function removed(source: string): ArchiveDifference {
  const [, address = ''] = /^deb \[[^\]]*\] (\S+ \S+)/m.exec(source) ?? []
  return {
    ...nothing,
    changes: [
      {
        resource: `archive ${address}`,
        action: 'delete',
        because: 'no longer in the profile',
      },
    ],
    notes: [
      'the packages that came from the archive stay; apt upgrades them once others are newer',
    ],
    files: 'remove',
  }
}

function noSuite({ isForUbuntu, url }: ArchiveWanted, system: string): Conflict {
  if (!isForUbuntu) {
    return {
      at: '/etc/os-release',
      message: `it does not say which suite of ${url} is for "${system}"`,
      hint: 'name it in the profile: install: { archive: …, suite: … }',
    }
  }
  return {
    at: '/etc/os-release',
    message: `"install: ppa" has packages for Ubuntu alone, and this host runs "${system}"`,
    hint: 'write "install: apt", name an archive for this system with "install: { archive, origin, key }", or build it with "install: { source, sha256 }"',
  }
}

interface OnHost {
  readonly suite: string
  readonly keyFile: string
}

/** With both, apt takes nothing that the key of that fingerprint has not signed, whatever the file holds. */
function sourceLine(
  { url, fingerprint }: Pick<ArchiveWanted, 'url' | 'fingerprint'>,
  { suite, keyFile }: OnHost,
): string {
  const only = fingerprint === undefined ? '' : `,${fingerprint}`
  return `deb [signed-by=${keyFile}${only}] ${url} ${suite} main`
}

/**
 * Of what others have too, nothing but Mosquitto comes from there: 600 is more than the 500 of other
 * archives, and 1 less than what is installed. What nobody else has may come as a dependency.
 */
function pinText({ origin }: ArchiveWanted): string {
  return [
    'Package: mosquitto mosquitto-clients libmosquitto*',
    `Pin: release o=${origin}`,
    'Pin-Priority: 600',
    '',
    'Package: *',
    `Pin: release o=${origin}`,
    'Pin-Priority: 1',
    '',
  ].join('\n')
}

function keyAddress({ fingerprint = '' }: ArchiveWanted): string {
  return `https://keyserver.ubuntu.com/pks/lookup?op=get&options=mr&search=0x${fingerprint}`
}
