import { BednetError } from '../../error.js'
import { listDevices, type ListedDevice } from '../../operations/list.js'
import { listCertificates, type ListedCertificate } from '../../operations/list-certificates.js'
import { readVault } from '../../vault/vault.js'
import { csvLines } from '../csv.js'
import { listFilter } from '../list-filter.js'
import { openProfile } from '../project.js'
import type { Call, Output, Paint, Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, world } = call
  if (options.csv && options.json)
    throw new BednetError('USAGE', '--csv beside --json: one of the two', {
      hint: 'both hold the same',
    })
  const project = await openProfile(call)
  const { entries } = await readVault(project.vault).ledger()
  const roles = project.fleet.roles.map(({ name }) => name)
  if (options.all) {
    const rows = listCertificates(project, entries, world.now())
    showCertificates(
      rows.filter(listFilter(call, { rows, roles, states: certificateStates })),
      call,
    )
  } else {
    const rows = listDevices(project, entries, world.now())
    showDevices(rows.filter(listFilter(call, { rows, roles, states: deviceStates })), call)
  }
  return 0
}

const deviceStates = ['good', 'expired', 'revoked', 'not issued', 'left the profile']
const certificateStates = ['good', 'replaced', 'expired', 'revoked']

function showDevices(devices: readonly ListedDevice[], { output, options }: Call): void {
  const cells = ({ role, state, notAfter, serial }: ListedDevice) => [
    role ?? '-',
    painted(state, output.paint),
    notAfter?.slice(0, 10) ?? '-',
    serial ?? '-',
  ]
  if (options.csv) {
    const columns = ['name', 'role', 'state', 'notAfter', 'serial', 'folder', 'batch'] as const
    output.lines(csvOf(devices, columns))
  } else {
    const head = ['device', 'role', 'state', 'good until', 'serial']
    tableOf(devices, { head, cells: device => [device.name, ...cells(device)] }, output)
  }
  output.document({ devices })
}

function showCertificates(
  certificates: readonly ListedCertificate[],
  { output, options }: Call,
): void {
  if (options.csv) {
    const said = ['serial', 'issuedAt', 'notBefore', 'notAfter', 'sha256', 'because'] as const
    const columns = ['kind', 'name', 'generation', 'role', 'state', ...said, 'batch'] as const
    output.lines(csvOf(certificates, columns))
  } else {
    const head = ['kind', 'name', 'generation', 'state', 'issued', 'good until', 'serial', 'why']
    const cells = (each: ListedCertificate) => [
      ...[each.kind, each.name, String(each.generation), painted(each.state, output.paint)],
      ...[each.issuedAt.slice(0, 10), each.notAfter.slice(0, 10), each.serial, each.because],
    ]
    tableOf(certificates, { head, cells }, output)
  }
  output.document({ certificates })
}

type Row = ListedDevice | ListedCertificate

interface Columns<Each> {
  readonly head: readonly string[]
  readonly cells: (row: Each) => readonly string[]
}

/** With a column for batches and one for labels, where there are any. */
function tableOf<Each extends Row>(
  rows: readonly Each[],
  { head, cells }: Columns<Each>,
  { table }: Output,
): void {
  const hasBatches = rows.some(({ batch }) => batch !== undefined)
  const hasLabels = rows.some(({ labels }) => labels !== undefined)
  table(
    [...head, ...(hasBatches ? ['batch'] : []), ...(hasLabels ? ['labels'] : [])],
    rows.map(row => [
      ...cells(row),
      ...(hasBatches ? [String(row.batch ?? '-')] : []),
      ...(hasLabels ? [labelText(row)] : []),
    ]),
  )
}

function labelText({ labels = {} }: Row): string {
  return Object.entries(labels)
    .map(pair => pair.join('='))
    .join(', ')
}

/** A label is a column after all others, whose name says that it is one. */
function csvOf<Each extends Row>(
  rows: readonly Each[],
  columns: readonly (keyof Each & string)[],
): readonly string[] {
  const labels = [...new Set(rows.flatMap(row => Object.keys(row.labels ?? {})))]
  return csvLines([
    [...columns, ...labels.map(label => `labels.${label}`)],
    ...rows.map(row => [
      ...columns.map(column => row[column] as string | number | undefined),
      ...labels.map(label => row.labels?.[label]),
    ]),
  ])
}

function painted(state: Row['state'], paint: Paint): string {
  if (state === 'good') return paint.green(state)
  return state === 'not issued' || state === 'replaced' ? paint.dim(state) : paint.yellow(state)
}
