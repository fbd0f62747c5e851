import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { expect } from 'vitest'
import { down } from '../../src/operations/down.js'
import { loadProject, type Project } from '../../src/operations/load.js'
import { rehearsed } from '../../src/operations/sandbox.js'
import { findSandbox } from '../../src/hosts/sandbox.js'
import type { Outcome } from '../../src/operations/converge.js'
import { up, type UpResult } from '../../src/operations/up.js'
import { certificateFacts } from '../../src/pki/certificate.js'
import { readVault } from '../../src/vault/vault.js'
import type { Event, World } from '../../src/world.js'
import { world } from './verify-broker.js'

/** A profile in a folder of its own, and the broker that `up` makes of it on this machine. */
export interface Rehearsal {
  readonly folder: string
  /** Where the profile lies. */
  readonly path: string
  /** As it is read now. */
  project(): Promise<Project>
  /** A file beside the profile, or the profile itself. */
  write(name: string, text: string): Promise<void>
  edit(from: string | RegExp, to: string): Promise<void>
  up(changes?: Partial<World>): Promise<Run>
  /** The folder that stands for `/` of the broker `hub`. */
  root(): Promise<string>
  processId(): Promise<number>
  /** Of the profile's port. */
  port(port: number): Promise<number>
  /** Ends the broker and takes all away. */
  end(): Promise<void>
}

export interface Run extends UpResult {
  readonly events: readonly Event[]
  /** Of the first broker, which must not have failed. */
  readonly outcome: Extract<Outcome, { proofs: unknown }>
}

export const quickstart = readFileSync(
  new URL('../../profiles/quickstart.yaml', import.meta.url),
  'utf8',
)

export async function rehearse(text = quickstart, name = 'bednet-up-'): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), name))
  const path = join(folder, 'bednet.yaml')
  await writeFile(path, text)
  const project = async () =>
    rehearsed(await loadProject(path), { sandbox: true, environment: process.env })
  const root = async () => join((await project()).vault, 'hosts', 'hub')
  return {
    folder,
    path,
    project,
    root,
    write: async (name, content) => {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    },
    edit: async (from, to) => {
      const before = await readFile(path, 'utf8')
      const after = before.replace(from, to)
      // An edit that changes nothing would prove nothing.
      expect(after).not.toBe(before)
      await writeFile(path, after)
    },
    up: async (changes = {}) => await runUp(await project(), changes),
    processId: async () => Number(await readFile(join(await root(), 'run/mosquitto.pid'), 'utf8')),
    port: async port => (await findSandbox(await root(), [port])).ports.get(port) ?? 0,
    end: async () => {
      await writeFile(path, text)
      const approve = () => Promise.resolve(true)
      await down({ project: await project(), world: world(), brokers: [], approve })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function runUp(project: Project, changes: Partial<World> = {}): Promise<Run> {
  const events: Event[] = []
  const result = await up({
    project,
    world: { ...world(), report: event => events.push(event), ...changes },
    brokers: [],
    reuseNames: false,
    approve: () => Promise.resolve(true),
  })
  const [outcome] = result.outcomes
  return {
    ...result,
    events,
    get outcome() {
      if (outcome?.status === 'failed') throw outcome.error
      if (outcome === undefined || outcome.status === 'held back') throw new Error('no outcome')
      return outcome
    },
  }
}

/** All proofs passed, or say why they could not be tried. */
export function expectProven({ outcome: { proofs } }: Run): void {
  expect(proofs.filter(({ status }) => status === 'failed')).toEqual([])
  expect(proofs.filter(({ status }) => status === 'passed').length).toBeGreaterThan(10)
}

/** The ledger is whole, and each certificate in the vault stands in it, once. */
export async function expectSoundLedger({ vault: folder }: Project): Promise<void> {
  const { entries, notices } = await readVault(folder).ledger()
  expect(notices).toEqual([])
  const recorded = entries.flatMap(entry => (entry.act === 'issued' ? [entry.sha256] : []))
  expect(new Set(recorded).size).toBe(recorded.length)
  const held = await certificatesIn(folder)
  expect(held.length).toBeGreaterThan(0)
  expect(held.filter(each => !recorded.includes(each))).toEqual([])
}

async function certificatesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const kind of ['authority', 'brokers', 'canaries', 'devices']) {
    for (const name of await readdir(join(folder, kind), { recursive: true }).catch(() => [])) {
      if (!name.endsWith('.crt')) continue
      found.push(certificateFacts(await readFile(join(folder, kind, name), 'utf8')).fingerprint)
    }
  }
  return found
}

/** Steps that a host was told to do; none where nothing was changed. */
export function stepsOf({ events }: Run): readonly string[] {
  return events.filter(({ kind }) => kind === 'host-step').map(({ message }) => message)
}

/** Ended, and nobody asks how any more: until then its number is taken. */
export async function untilGone(processId: number): Promise<void> {
  while (existsSync(`/proc/${String(processId)}`)) await pause(20)
}

/**
 * Publishes with the credential of a device, by the real client. Undefined where the broker took the
 * message, else what the client said.
 */
export async function publish(scene: Rehearsal, device: string): Promise<string | undefined> {
  const folder = join((await scene.project()).vault, 'devices', device)
  const words = ['-h', 'localhost', '-p', String(await scene.port(8883)), '-V', '5', '-q', '1']
  const files = [
    ...['--cafile', join(folder, 'ca.crt'), '--cert', join(folder, 'client.crt')],
    ...['--key', join(folder, 'client.key')],
  ]
  const topic = ['-t', `sensors/${device}/here`, '-m', 'hello']
  const { failed, all } = await execa('mosquitto_pub', [...words, ...files, ...topic], tool)
  return failed ? all : undefined
}

/** What openssl says of a connection with the credential of a device; in TLS 1.2 it hears why not. */
export async function handshake(scene: Rehearsal, device: string): Promise<string> {
  const folder = join((await scene.project()).vault, 'devices', device)
  const words = ['s_client', '-tls1_2', '-connect', `127.0.0.1:${String(await scene.port(8883))}`]
  const files = ['-cert', join(folder, 'client.crt'), '-key', join(folder, 'client.key')]
  const { all } = await execa('openssl', [...words, ...files], { ...tool, input: '' })
  return all
}

const tool = { reject: false, all: true, timeout: 10_000 } as const
