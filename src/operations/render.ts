import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { desired } from '../broker/desired.js'
import { shellLine } from '../command.js'
import { compareFirewall } from '../plan/firewall.js'
import { hostPaths } from '../plan/generation.js'
import type { Machine } from '../plan/machine.js'
import type { Content, Desired } from '../plan/resource.js'
import { readVault } from '../vault/vault.js'
import type { World } from '../world.js'
import { findDue } from './find-due.js'
import { holdingsOf } from './holdings.js'
import type { Project } from './load.js'
import { targetsOf } from './target.js'
import { readTemplates } from './templates.js'

interface RenderInput {
  readonly project: Project
  readonly world: World
  /** Names of brokers; empty: all of them. */
  readonly brokers: readonly string[]
  /** Of Mosquitto, e.g. `2.0` or `2.1`. */
  readonly version: string
}

/** One file as it would reach a host, with the name of a secret in place of the secret. */
interface RenderedFile {
  /** `hub/etc/mosquitto/bednet/current/acl`. */
  readonly path: string
  readonly text: string
}

/** Everything that would reach the hosts. Talks to none of them, and issues nothing. */
export async function renderHosts(input: RenderInput): Promise<readonly RenderedFile[]> {
  const { project, world } = input
  const vault = readVault(project.vault)
  const templates = await readTemplates(project.fleet.templates)
  const due = await findDue({ project, vault, world, reuseNames: true })
  const rendered: RenderedFile[] = []
  for (const { broker, fleet, root } of await targetsOf(project, input.brokers, 'find')) {
    const holdings = await holdingsOf(broker, { fleet, vault, due })
    // Whether a host has IPv6 on loopback only the host can tell; most have.
    const target = { folder: hostPaths(root).current, ipv6Loopback: true }
    const { version } = input
    const { services } = unknownMachine
    const wanted = desired(templates, { fleet, broker, holdings, target, version, services })
    rendered.push(...filesOf(wanted), ...commandsOf(wanted))
  }
  return rendered
}

/** Puts the files under a folder, in the place of those that are there. */
export async function writeRendered(folder: string, files: readonly RenderedFile[]): Promise<void> {
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

function filesOf({ broker, files }: Desired): readonly RenderedFile[] {
  return files.map(({ name, content }) => ({
    path: `${broker}/etc/mosquitto/bednet/current/${name}`,
    text: textOf(content),
  }))
}

function textOf(content: Content): string {
  if (content.kind === 'text') return content.text
  return content.kind === 'sealed'
    ? `<secret: ${content.name}, sha256 ${content.sha256}>\n`
    : `<${content.because}>\n`
}

/** What is no file: packages, and firewall rules as on a host that has none. */
function commandsOf({ broker, site, packages, firewall }: Desired): readonly RenderedFile[] {
  const fresh = { installed: true, active: false, ipv6: true, rules: [] }
  const { commands, enable } = compareFirewall({ site, ...firewall }, fresh, unknownMachine)
  const lines = [
    ...(packages.length === 0 ? [] : [`apt-get install ${packages.join(' ')}`]),
    ...commands.map(({ run }) => shellLine(run)),
    ...(enable ? ['# and, before it, a rule for the SSH port in use', 'ufw enable'] : []),
  ]
  return lines.length === 0 ? [] : [{ path: `${broker}/commands`, text: `${lines.join('\n')}\n` }]
}

const unknownMachine: Machine = {
  system: '',
  codename: undefined,
  ubuntuCodename: undefined,
  services: 'systemd',
  ipv6Loopback: true,
  clockSeconds: 0,
  sshPort: undefined,
  listening: [],
  connected: new Map(),
}
