import { shellWord } from '../command.js'
import { noRecord } from './record.js'
import type { Change } from './resource.js'

export interface PackagesSeen {
  readonly installed: readonly string[]
  /** As it is there, else as apt would install it; undefined: nobody knows. */
  readonly mosquitto: string | undefined
  /** What "apt upgrade" would bring, where a broker is there and apt could say it without delay. */
  readonly candidate?: string
  /** SHA-256 of the tarball that the program there was built from, if it was. */
  readonly source?: string
}

/**
 * A program that dpkg has put there has dpkg's version, and to start it takes longer than to ask dpkg.
 * Where Mosquitto is missing, apt is asked, whatever it costs. Where it is not, what an upgrade would
 * bring is asked only of a host whose lists have another suite than its release's own, or one that
 * Mosquitto is in the name of: no other brings another version. And only while apt's cache is newer than
 * all that it is made of, or it would be made anew for half a second.
 */
export function packageQuestion(packages: readonly string[]): string {
  const words = packages.map(shellWord).join(' ')
  // With no name it would tell of every package there is.
  const installed = String.raw`dpkg-query -W -f='installed ${'$'}{Package} ${'$'}{db:Status-Status} ${'$'}{Version}\n' ${words}`
  return String.raw`
candidate() { apt-cache policy mosquitto | sed -n 's/^  Candidate: /candidate /p'; }
may_bring_another() {
  [ "$SERVICES" != child ] && [ /var/cache/apt/pkgcache.bin -nt /var/lib/apt/lists ] &&
    [ /var/cache/apt/pkgcache.bin -nt /var/lib/dpkg/status ] && . /etc/os-release || return 1
  for list in /var/lib/apt/lists/*_dists_*Release; do
    case ${'$'}{list#/var/lib/apt/lists/} in
    '*'*) ;;
    *mosquitto*) return ;;
    *_dists_"$VERSION_CODENAME"[_-]*) ;;
    *) return ;;
    esac
  done
  return 1
}
if may_bring_another; then candidate & fi
installed=$(${words === '' ? ':' : installed})
echo "$installed"
[ -x /usr/local/sbin/mosquitto ] || case $installed in
*'installed mosquitto installed '*) wait; exit 0 ;;
esac
if program=$(command -v mosquitto || command -v /usr/local/sbin/mosquitto || command -v /usr/sbin/mosquitto); then
  "$program" -h | { IFS= read -r line; echo "running $line"; }
else
  candidate
fi
[ "$SERVICES" != child ] && [ -x /usr/local/sbin/mosquitto ] && sed 's/^/source /' /usr/local/share/mosquitto/source.sha256
wait
exit 0
`
}

export function parsePackages(answer: string): PackagesSeen {
  const installed: string[] = []
  let running: string | undefined
  let packaged: string | undefined
  let candidate: string | undefined
  let source: string | undefined
  for (const line of answer.split('\n')) {
    const [word, first, second, third] = line.split(' ')
    const isInstalled = word === 'installed' && second === 'installed'
    if (isInstalled && first !== undefined) installed.push(first)
    if (isInstalled && first === 'mosquitto') packaged = upstreamVersion(third)
    if (word === 'running') running = /mosquitto version (\S+)/.exec(line)?.[1]
    if (word === 'source') source = first
    if (word === 'candidate') candidate = upstreamVersion(first)
  }
  const there = running ?? packaged
  return {
    installed,
    mosquitto: there ?? candidate,
    ...(there === undefined || candidate === undefined ? {} : { candidate }),
    ...(source === undefined ? {} : { source }),
  }
}

/** `2.0.11-1.2+deb12u2` is Debian's 2.0.11; `(none)` is none. */
function upstreamVersion(version = ''): string | undefined {
  return /^[\d.]+/.exec(version)?.[0]
}

export function comparePackages(
  desired: readonly string[],
  seen: PackagesSeen,
  record = noRecord,
): readonly Change[] {
  return desired
    .filter(name => !seen.installed.includes(name))
    .map(name => ({
      resource: `package ${name}`,
      action: 'create',
      ...(record.packages.has(name)
        ? { because: 'removed from the host', isDrift: true as const }
        : { because: 'not installed' }),
    }))
}

/** Of an archive that apt has not known, or otherwise: what is installed comes from there now. */
export function upgradesFrom(
  candidate: string | undefined,
  desired: readonly string[],
  { installed, mosquitto }: PackagesSeen,
): readonly Change[] {
  const has = candidate === undefined ? 'another' : `version ${candidate}`
  return desired
    .filter(name => name.startsWith('mosquitto') && installed.includes(name))
    .map(name => ({
      resource: `package ${name}`,
      action: 'update',
      because: `${mosquitto ?? 'some version'} is installed, and the archive has ${has}`,
    }))
}

/**
 * What is built on the host and not installed: it is right where it was built from this tarball. Beside
 * the package it would be what runs, so it goes where that is wanted.
 */
export function compareSource(
  desired: string | undefined,
  { source }: Pick<PackagesSeen, 'source'>,
): readonly Change[] {
  if (desired === source) return []
  if (desired === undefined) {
    const resource = `program mosquitto from source ${(source ?? '').slice(0, 16)}…`
    return [{ resource, action: 'delete', because: 'the package takes its place' }]
  }
  const resource = `program mosquitto from source ${desired.slice(0, 16)}…`
  if (source === undefined) return [{ resource, action: 'create', because: 'not built there' }]
  return [{ resource, action: 'update', because: `it was built from ${source.slice(0, 16)}…` }]
}
