import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../secret.js'
import { openBatch } from './batch-file.js'
import { isMissing, unreadable } from './failure.js'
import {
  authorityEntries,
  authorityIds,
  batchEntry,
  entryOf,
  isName,
  type Entry,
  type NamedFolder,
} from './layout.js'
import type { CertificateKind } from './ledger.js'
import { tarFiles } from './tar.js'

/** A certificate as it lies in a vault, with what lies beside it. */
export interface Kept {
  readonly kind: CertificateKind
  /** Of its folder; undefined for the authority, which has none. */
  readonly name: string | undefined
  /** Of its file; in a batch, behind the path of the archive. */
  readonly path: string
  readonly certificate: string
  readonly key: Secret | undefined
  /** The `ca.crt` beside it, where there is one. */
  readonly authority: string | undefined
}

/**
 * All certificates that have a file each. Synchronous, because a hop to a thread costs more than a
 * small file, and there may be a hundred thousand.
 */
export function* keptSingly(folder: string): Generator<Kept> {
  const at = (kind: CertificateKind, name?: string) => ({
    look: (certificate: Entry, key: Entry, authority?: Entry) =>
      keptAt(folder, { kind, name, files: { certificate, key, authority } }),
  })
  for (const id of authorityIds) {
    const { certificate, key } = authorityEntries(id)
    yield* at('authority').look(certificate, key)
  }
  for (const name of namesIn(folder, 'brokers'))
    yield* at('broker', name).look(
      entryOf.broker(name, 'broker.crt'),
      entryOf.broker(name, 'broker.key'),
    )
  for (const name of namesIn(folder, 'canaries'))
    yield* at('canary', name).look(
      entryOf.canary(name, 'client.crt'),
      entryOf.canary(name, 'client.key'),
    )
  for (const name of namesIn(folder, 'devices'))
    yield* at('device', name).look(
      entryOf.device(name, 'client.crt'),
      entryOf.device(name, 'client.key'),
      entryOf.device(name, 'ca.crt'),
    )
}

/** @throws BednetError VAULT_DAMAGED where it cannot be read or unpacked */
export function* keptInBatch(folder: string, number: number): Generator<Kept> {
  const path = join(folder, batchEntry(number))
  const devices = new Map<string, Map<string, string>>()
  for (const { name, content } of tarFiles(openBatch(readBatch(path), number))) {
    const [device = '', file = ''] = name.split('/')
    const files = devices.get(device) ?? new Map<string, string>()
    devices.set(device, files.set(file, content.toString('latin1')))
  }
  for (const [name, files] of devices) {
    const key = files.get('client.key')
    yield {
      kind: 'device',
      name,
      path: `${path}: ${name}/client.crt`,
      certificate: files.get('client.crt') ?? '',
      key: key === undefined ? undefined : new Secret(key),
      authority: files.get('ca.crt'),
    }
  }
}

interface Place {
  readonly kind: CertificateKind
  readonly name: string | undefined
  readonly files: Readonly<Record<'certificate' | 'key', Entry>> & {
    readonly authority: Entry | undefined
  }
}

function* keptAt(folder: string, { kind, name, files }: Place): Generator<Kept> {
  const path = join(folder, files.certificate)
  const certificate = readIfThere(path)
  if (certificate === undefined) return
  const key = readIfThere(join(folder, files.key))
  yield {
    kind,
    name,
    path,
    certificate,
    key: key === undefined ? undefined : new Secret(key),
    authority: files.authority && readIfThere(join(folder, files.authority)),
  }
}

function namesIn(folder: string, kind: NamedFolder): readonly string[] {
  const path = join(folder, kind)
  try {
    return readdirSync(path).filter(isName).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw unreadable(path, error)
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unreadable(path, error)
  }
}

function readBatch(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}
