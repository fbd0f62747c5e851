import { parseArchive, type ArchiveSeen } from '../../src/plan/archive.js'
import { identityText, sha256 } from '../../src/plan/generation.js'
import type { GenerationSeen } from '../../src/plan/generation.js'
import type { Machine } from '../../src/plan/machine.js'
import { noRecord } from '../../src/plan/record.js'
import type { Observed } from '../../src/plan/plan.js'
import type {
  ArchiveFiles,
  ArchiveWanted,
  Desired,
  GenerationFile,
} from '../../src/plan/resource.js'

/** A machine that was reached by SSH on port 22. */
export function machine(differently: Partial<Machine>): Machine {
  return {
    system: 'debian 12',
    codename: 'bookworm',
    ubuntuCodename: undefined,
    services: 'systemd',
    ipv6Loopback: true,
    clockSeconds: 1_772_000_000,
    sshPort: 22,
    listening: [],
    connected: new Map(),
    ...differently,
  }
}

/** A file of a generation, as small as it can be. */
export function textFile(
  name: string,
  text: string,
  differently: Partial<GenerationFile> = {},
): GenerationFile {
  return {
    name,
    content: { kind: 'text', text },
    owner: 'root',
    mode: 0o640,
    loadedBy: 'reload',
    ...differently,
  }
}

/** An archive of packages beside the host's own. */
export const upstream: ArchiveWanted = {
  url: 'https://upstream.test/debian',
  suite: undefined,
  origin: 'Upstream',
  key: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
  fingerprint: undefined,
  isForUbuntu: false,
}

/** What is seen of apt's files once a plan was carried out. */
export function afterApt(files: ArchiveFiles | 'remove'): ArchiveSeen {
  const seen = parseArchive('')
  if (files === 'remove') return seen
  const { source, pin, key } = files
  return { ...seen, source, pin, keySha256: 'text' in key ? sha256(key.text) : 'fetched' }
}

const authority = 'c0ffee'.padEnd(64, '0')

/** What the tests of a plan want of a host. */
export const wanted: Desired = {
  site: 'greenhouse',
  broker: 'hub',
  authority,
  packages: ['mosquitto', 'openssl'],
  files: [
    textFile('broker.conf', 'listener 8883\n', { loadedBy: 'restart' }),
    textFile('identity', identityText('greenhouse', authority), { loadedBy: 'nobody' }),
    textFile('acl', 'user a\n', { owner: 'mosquitto', mode: 0o600 }),
    {
      ...textFile('broker.key', ''),
      content: { kind: 'sealed', name: 'brokers/hub/broker.key', sha256: sha256('a key') },
    },
  ],
  firewall: { enable: true, rules: [{ port: 8883, from: 'any' }] },
  ports: [8883],
}

/** A host's generation 4, just as `files` want it, and loaded. */
export function generationOf(files: readonly GenerationFile[]): GenerationSeen {
  return {
    current: 4,
    newest: 4,
    loaded: 4,
    linked: true,
    site: 'greenhouse',
    authority,
    record: noRecord,
    files: new Map(
      files.map(({ name, content, mode, owner }) => [
        name,
        {
          mode,
          owner: `${owner}:mosquitto`,
          sha256:
            content.kind === 'text'
              ? sha256(content.text)
              : content.kind === 'sealed'
                ? content.sha256
                : '',
        },
      ]),
    ),
  }
}

/** A host on which all is as `wanted`. */
export const converged: Observed = {
  machine: machine({
    listening: [
      { address: '0.0.0.0', port: 22, program: 'sshd' },
      { address: '0.0.0.0', port: 8883, program: 'mosquitto' },
    ],
  }),
  packages: { installed: ['mosquitto', 'openssl'], mosquitto: '2.0.11' },
  archive: parseArchive(''),
  generation: generationOf(wanted.files),
  firewall: {
    installed: true,
    active: true,
    rules: [4, 6].flatMap(version =>
      ['22', '8883'].map(port => ({
        action: 'allow',
        protocol: 'tcp',
        port,
        from: 'any',
        version: version === 4 ? (4 as const) : (6 as const),
        comment: 'bednet greenhouse',
      })),
    ),
  },
  service: { running: true, enabled: true, processId: 537 },
  journal: { state: 'none', holder: undefined, undone: undefined },
  foreign: [
    {
      file: '/etc/mosquitto/mosquitto.conf',
      line: 13,
      option: 'include_dir',
      value: '/etc/mosquitto/conf.d',
    },
  ],
}

/** Nothing has ever been there. */
export const bare: Observed = {
  machine: machine({ listening: [{ address: '0.0.0.0', port: 22, program: 'sshd' }] }),
  packages: { installed: ['openssl'], mosquitto: '2.0.11' },
  archive: parseArchive(''),
  generation: {
    current: undefined,
    newest: 0,
    loaded: undefined,
    linked: false,
    site: undefined,
    authority: undefined,
    files: new Map(),
    record: noRecord,
  },
  firewall: { installed: false, active: false, rules: [] },
  service: { running: false, enabled: false, processId: undefined },
  foreign: [],
  journal: { state: 'none', holder: undefined, undone: undefined },
}
