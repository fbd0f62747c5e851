import { archiveQuestion, parseArchive, type ArchiveSeen } from './archive.js'
import { compareFirewall, firewallQuestion, parseFirewall, type FirewallSeen } from './firewall.js'
import { effectNotes, portsWithoutBroker, sessionsOf } from './effects.js'
import { foreignConflicts, foreignQuestion, parseForeign, type ForeignLine } from './foreign.js'
import { generationQuestion, parseGeneration, type GenerationSeen } from './generation.js'
import { compareGeneration } from './generation-changes.js'
import { journalNotes, journalQuestion, parseJournal, type JournalSeen } from './journal.js'
import { machineQuestion, parseMachine, type Machine } from './machine.js'
import { packageQuestion, parsePackages, type PackagesSeen } from './package.js'
import { compareProgram } from './program.js'
import { hostRecord } from './record.js'
import type { ArchiveWanted, Change, Desired, Plan } from './resource.js'
import { compareService, parseService, serviceQuestion, type ServiceSeen } from './service.js'
import { vaultConflicts } from './vault-conflicts.js'

/** All that a plan needs to know of a host. */
export interface Observed {
  readonly machine: Machine
  readonly packages: PackagesSeen
  readonly archive: ArchiveSeen
  readonly generation: GenerationSeen
  readonly firewall: FirewallSeen
  readonly service: ServiceSeen
  readonly foreign: readonly ForeignLine[]
  readonly journal: JournalSeen
}

/** One shell fragment per kind of resource; their answers come back under the same names. */
export function questions(packages: readonly string[], archive?: ArchiveWanted) {
  return {
    machine: machineQuestion,
    packages: packageQuestion(packages),
    archive: archiveQuestion(archive),
    generation: generationQuestion,
    firewall: firewallQuestion,
    service: serviceQuestion,
    foreign: foreignQuestion,
    journal: journalQuestion,
  }
}

export function parseAnswers(
  answers: Readonly<Record<keyof ReturnType<typeof questions>, string>>,
): Observed {
  return {
    machine: parseMachine(answers.machine),
    packages: parsePackages(answers.packages),
    archive: parseArchive(answers.archive),
    generation: parseGeneration(answers.generation),
    firewall: parseFirewall(answers.firewall),
    service: parseService(answers.service),
    foreign: parseForeign(answers.foreign),
    journal: parseJournal(answers.journal),
  }
}

/** What must change so that the host is as desired; empty `changes` means nothing does. */
export function makePlan(desired: Desired, observed: Observed): Plan {
  const { machine, generation, service } = observed
  const { record } = generation
  const program = compareProgram(desired, { ...observed, record })
  const files = compareGeneration(desired.files, generation)
  const firewall = compareFirewall(
    { site: desired.site, ...desired.firewall, record },
    observed.firewall,
    machine,
  )
  const changed = new Set(files.map(({ resource }) => resource.replace(/^file /, '')))
  const silentPorts = portsWithoutBroker(desired.ports, machine)
  const state = { service, generation, silentPorts, newProgram: program.newProgram }
  const broker = compareService(desired.files, changed, state)
  return {
    site: desired.site,
    broker: desired.broker,
    changes: [
      ...program.changes,
      ...files,
      ...firewall.changes,
      ...followingDrift(broker.changes, files),
    ],
    same: {
      files: desired.files.filter(({ name }) => !changed.has(name)).length,
      firewallRules: firewall.same,
      packages: program.same,
    },
    conflicts: [
      ...vaultConflicts(desired, generation),
      ...program.conflicts,
      ...foreignConflicts(observed.foreign, desired.ports, machine.listening),
    ],
    notes: [
      ...journalNotes(observed.journal),
      ...program.notes,
      ...firewall.notes,
      ...effectNotes({ action: broker.action, changed, desired, observed }),
    ],
    ...program.tasks,
    generation:
      files.length === 0 ? undefined : { number: generation.newest + 1, files: desired.files },
    firewall: {
      commands: firewall.commands,
      enable: firewall.enable,
      opens: firewall.opens,
      closes: firewall.closes,
    },
    service: { action: broker.action, enable: broker.enable },
    sessions: sessionsOf(desired.ports, observed, broker.action),
    ports: desired.ports,
    record: hostRecord({
      packages: desired.packages,
      rules: firewall.wanted,
      enableFirewall: desired.firewall.enable,
      revocationList: desired.revocationList,
    }),
  }
}

/** A reload for a file that was edited on the host is there for the same reason. */
function followingDrift(service: readonly Change[], files: readonly Change[]): readonly Change[] {
  const isDrift = files.length > 0 && files.every(file => file.isDrift === true)
  return isDrift ? service.map(change => ({ ...change, isDrift })) : service
}
