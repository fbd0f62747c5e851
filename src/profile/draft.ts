import { explain, type Finding, type Path, unknownKey, withoutEchoes } from './issues.js'
import { type NameKind, readName } from './names.js'
import { isRefusal, type Refusal, show } from './refusal.js'
import { type Parts, readPart, topLevelKeys } from './schema.js'

/** One entry of a list or a map of the profile, well formed in itself. */
export interface Entry<Value> {
  readonly path: Path
  readonly value: Value
}

/** An entry that the profile knows by name. */
export interface NamedEntry<Value> extends Entry<Value> {
  readonly name: string
}

/** The parts of a profile that are well formed, each in itself; nothing is known of them together. */
export interface Draft {
  readonly site: Parts['site'] | undefined
  readonly authority: Parts['authority'] | undefined
  readonly brokers: readonly NamedEntry<Parts['broker']>[]
  readonly listeners: readonly Entry<Parts['listener']>[]
  readonly users: readonly NamedEntry<Parts['user']>[]
  readonly devices: readonly Entry<Parts['device']>[]
  readonly roles: readonly NamedEntry<Parts['role']>[]
  readonly limits: Parts['limits'] | undefined
  readonly persistence: boolean | undefined
  readonly firewall: Parts['firewall'] | undefined
  readonly install: Parts['install'] | undefined
  readonly templates: string | undefined
  /** What was written in each section, well formed or not: names, or indexes. */
  readonly written: Readonly<Record<Section, readonly string[]>>
  /** Every role that a user or an entry of devices asks for, well formed or not. */
  readonly roleUses: readonly Entry<string>[]
}

type Section = 'brokers' | 'listeners' | 'users' | 'devices' | 'roles'

/** Reads every part on its own, so that a fault in one does not hide those in the others. */
export function readDraft(content: unknown): { draft: Draft; findings: readonly Finding[] } {
  const reading: Reading = { root: isMap(content) ? content : {}, findings: [], roles: [] }
  checkKeys(reading)
  const draft = readParts(reading)
  const findings = isMap(content) ? withoutEchoes(reading.findings) : [notAMap(content)]
  return { draft, findings }
}

function readParts(reading: Reading): Draft {
  return {
    site: readOne(reading, 'site'),
    authority: readOne(reading, 'authority'),
    brokers: readNamed(reading, { section: 'brokers', kind: 'broker' }),
    listeners: readListed(reading, { section: 'listeners', kind: 'listener' }),
    users: readNamed(reading, { section: 'users', kind: 'user' }),
    devices: readListed(reading, { section: 'devices', kind: 'device' }),
    roles: readNamed(reading, { section: 'roles', kind: 'role' }),
    limits: readOne(reading, 'limits'),
    persistence: readOne(reading, 'persistence'),
    firewall: readOne(reading, 'firewall'),
    install: readOne(reading, 'install'),
    templates: readOne(reading, 'templates'),
    written: {
      brokers: keysOf(reading, 'brokers'),
      listeners: keysOf(reading, 'listeners'),
      users: keysOf(reading, 'users'),
      devices: keysOf(reading, 'devices'),
      roles: keysOf(reading, 'roles'),
    },
    roleUses: reading.roles,
  }
}

type Map = Readonly<Record<string, unknown>>

interface Reading {
  readonly root: Map
  readonly findings: Finding[]
  readonly roles: Entry<string>[]
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function notAMap(content: unknown): Finding {
  const message = `the profile is ${Array.isArray(content) ? 'a list' : 'text'}, not a map`
  return { path: [], target: 'value', message, hint: 'begin with "site: NAME"' }
}

/** Keys that begin with `x-` are left alone: a place for anchors and for other programs. */
function checkKeys({ root, findings }: Reading): void {
  for (const key of Object.keys(root)) {
    const isKnown = topLevelKeys.includes(key) || key.startsWith('x-')
    if (!isKnown) findings.push(unknownKey([], key, topLevelKeys))
  }
}

function readOne<Name extends keyof Parts>(
  { root, findings }: Reading,
  name: Name,
): Parts[Name] | undefined {
  const { value, issues } = readPart(name, root[name])
  for (const finding of explain([name], issues)) findings.push(finding)
  return value
}

interface SectionOf<Kind> {
  readonly section: Section
  readonly kind: Kind
}

function readListed<Kind extends 'listener' | 'device'>(
  reading: Reading,
  { section, kind }: SectionOf<Kind>,
): readonly Entry<Parts[Kind]>[] {
  const list = reading.root[section]
  if (!Array.isArray(list)) return refuseSection(reading, section, 'a list')
  if (list.length === 0) refuseSection(reading, section, 'a list')
  return list.flatMap((item: unknown, index) =>
    readEntry(reading, { kind, path: [section, index], written: item }),
  )
}

function readNamed<Kind extends 'broker' | 'user' | 'role'>(
  reading: Reading,
  { section, kind }: SectionOf<Kind>,
): readonly NamedEntry<Parts[Kind]>[] {
  const map = reading.root[section]
  if (!isMap(map)) return refuseSection(reading, section, 'a map')
  if (Object.keys(map).length === 0) refuseSection(reading, section, 'a map')
  return Object.entries(map).flatMap(([name, written]) => {
    const path = [section, name]
    checkName(reading, kind, path)
    return readEntry(reading, { kind, path, written }).map(entry => ({ ...entry, name }))
  })
}

function checkName({ findings }: Reading, kind: NameKind, path: readonly string[]): void {
  const refusal = readName(kind, path.at(-1) ?? '')
  if (isRefusal(refusal)) findings.push({ path, target: 'key', ...refusal })
}

interface Written<Kind> {
  readonly kind: Kind
  readonly path: Path
  readonly written: unknown
}

function readEntry<Kind extends keyof Parts>(
  { findings, roles }: Reading,
  { kind, path, written }: Written<Kind>,
): readonly Entry<Parts[Kind]>[] {
  const role = isMap(written) ? written['role'] : undefined
  if (typeof role === 'string') roles.push({ path: [...path, 'role'], value: role })
  const { value, issues } = readPart(kind, written)
  for (const finding of explain(path, issues)) findings.push(finding)
  return value === undefined ? [] : [{ path, value }]
}

/** A section that is absent is fine where it need not be there. */
function refuseSection({ root, findings }: Reading, section: Section, form: string): [] {
  const refusal = whyRefused(root[section], { section, form })
  if (refusal && root[section] === undefined) {
    findings.push({ path: [], target: 'key', ...refusal, missing: section })
  } else if (refusal) findings.push({ path: [section], target: 'key', ...refusal })
  return []
}

interface WantedSection {
  readonly section: Section
  readonly form: string
}

function whyRefused(content: unknown, { section, form }: WantedSection): Refusal | undefined {
  const isNeeded = section === 'brokers' || section === 'listeners'
  if (content === undefined) {
    return isNeeded ? { message: `"${section}" is missing`, hint: examples[section] } : undefined
  }
  const isEmpty =
    content === null || (typeof content === 'object' && Object.keys(content).length === 0)
  if (!isEmpty) return { message: `"${section}" is ${kindOf(content)}`, hint: `it must be ${form}` }
  if (content !== null && !isNeeded) return undefined
  const hint = isNeeded ? examples[section] : `${examples[section]}; or remove the line`
  return { message: `"${section}" is empty`, hint }
}

// Of text only that it is text: on a level too high it may be a secret.
function kindOf(content: unknown): string {
  return typeof content === 'string' ? 'text' : show(content)
}

const examples: Readonly<Record<Section, string>> = {
  brokers: 'add one: brokers: { hub: { host: ubuntu@mqtt.example.org } }',
  listeners: 'add one: listeners: [{ port: 8883, admit: certificate }]',
  users: 'add one: users: { dashboard: { role: ROLE } }',
  devices: 'add one: devices: [{ names: sensor-1, role: ROLE }]',
  roles: 'add one: roles: { sensor: { publish: [sensors/%u/#] } }',
}

function keysOf({ root }: Reading, section: Section): readonly string[] {
  const content = root[section]
  return typeof content === 'object' && content !== null ? Object.keys(content) : []
}
