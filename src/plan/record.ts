import type { FirewallRule } from './resource.js'

/**
 * What a transaction leaves on the host beside what it made, readable by root alone: without it, a
 * file that somebody edited there looks like a profile that somebody edited here.
 */
export interface RecordSeen {
  /** As written into the current generation, by file name; undefined where its folder has no record. */
  readonly files: ReadonlyMap<string, FileRecord> | undefined
  /** `8883 any`, as the last transaction left the firewall. */
  readonly rules: ReadonlySet<string>
  readonly packages: ReadonlySet<string>
  readonly firewallEnabled: boolean
  /** Number of the revocation list that the last transaction brought. */
  readonly revocationList: number | undefined
}

interface FileRecord {
  readonly mode: number
  readonly owner: string
  readonly sha256: string
}

interface HostWanted {
  readonly packages: readonly string[]
  readonly rules: readonly FirewallRule[]
  readonly enableFirewall: boolean
  readonly revocationList?: number | undefined
}

/** Lies beside the generations: a firewall changes without a new one. */
export function hostRecord({
  packages,
  rules,
  enableFirewall,
  revocationList,
}: HostWanted): string {
  return [
    ...packages.map(name => `package ${name}\n`),
    ...rules.map(({ port, from }) => `rule ${String(port)} ${from}\n`),
    ...(enableFirewall ? ['firewall enabled\n'] : []),
    ...(revocationList === undefined ? [] : [`revocations ${String(revocationList)}\n`]),
  ].join('')
}

/** Lines of both records, each behind the word `record`. */
export function parseRecord(lines: readonly (readonly string[])[]): RecordSeen {
  const records = lines.filter(([word]) => word === 'record').map(([, ...rest]) => rest)
  const values = (word: string) =>
    new Set(records.filter(([key]) => key === word).map(([, ...rest]) => rest.join(' ')))
  const files = records
    .filter(([key]) => key === 'file')
    .map(([, mode = '', owner = '', sha256 = '', name = '']): [string, FileRecord] => [
      name,
      { mode: Number.parseInt(mode, 8), owner, sha256 },
    ])
  return {
    files: files.length === 0 ? undefined : new Map(files),
    rules: values('rule'),
    packages: values('package'),
    firewallEnabled: values('firewall').has('enabled'),
    revocationList: [...values('revocations')].map(Number).find(Number.isInteger),
  }
}

/** Of a host where no transaction has left one. */
export const noRecord: RecordSeen = parseRecord([])
