import { compareArchive, type ArchiveSeen } from './archive.js'
import type { ForeignLine } from './foreign.js'
import type { Machine } from './machine.js'
import { comparePackages, compareSource, type PackagesSeen, upgradesFrom } from './package.js'
import type { RecordSeen } from './record.js'
import type { Change, Conflict, Desired, Plan } from './resource.js'
import { compareUpgrade } from './upgrade.js'

interface Scene {
  readonly machine: Machine
  readonly packages: PackagesSeen
  readonly archive: ArchiveSeen
  readonly foreign: readonly ForeignLine[]
  readonly record: RecordSeen
}

interface ProgramDifference {
  readonly changes: readonly Change[]
  readonly conflicts: readonly Conflict[]
  readonly notes: readonly string[]
  /** How many packages are as they should be. */
  readonly same: number
  readonly tasks: Pick<Plan, 'install' | 'archive' | 'build'>
  /** Why what runs is not what will be there; undefined: it is. */
  readonly newProgram: string | undefined
}

/** How Mosquitto comes onto the host, with all it needs: archive, packages, and what is built there. */
export function compareProgram(desired: Desired, seen: Scene): ProgramDifference {
  const archive = compareArchive(desired.archive, seen.archive, seen.machine)
  const missing = comparePackages(desired.packages, seen.packages, seen.record)
  const isAdded = archive.files !== undefined && archive.files !== 'remove'
  const upgrades = isAdded
    ? upgradesFrom(seen.archive.candidate, desired.packages, seen.packages)
    : []
  const packages = [...missing, ...upgrades]
  const built = compareSource(desired.source, seen.packages)
  const upgrade = compareUpgrade({
    from: seen.packages.mosquitto,
    to: isAdded ? seen.archive.candidate : upgradeByApt(desired, seen.packages),
    isOurs: isAdded,
    files: desired.files,
    foreign: seen.foreign,
  })
  return {
    changes: [...archive.changes, ...packages, ...built],
    conflicts: [...archive.conflicts, ...upgrade.conflicts],
    notes: [...archive.notes, ...upgrade.notes],
    same: desired.packages.length - packages.length,
    tasks: {
      install: packages.map(({ resource }) => resource.replace(/^package /, '')),
      ...(archive.files === undefined ? {} : { archive: archive.files }),
      ...(built.length > 0 ? { build: desired.source ?? 'remove' } : {}),
    },
    newProgram: newProgram(built, upgrades),
  }
}

/** Not where the program that runs is none of apt's. */
function upgradeByApt({ source }: Desired, seen: PackagesSeen): string | undefined {
  return source === undefined && seen.source === undefined ? seen.candidate : undefined
}

function newProgram(built: readonly Change[], upgrades: readonly Change[]): string | undefined {
  if (built.some(({ action }) => action === 'delete')) return 'the program is the package’s now'
  if (built.length > 0) return 'the program is built anew'
  return upgrades.length > 0 ? 'the program is another version' : undefined
}
