import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { BednetError, type Mistake } from '../error.js'
import {
  issueRequests,
  type RequestReport,
  type RequestSource,
} from '../operations/issue-requests.js'
import type { Project } from '../operations/load.js'
import { signingRequestsIn } from '../pki/request.js'
import { outletOf, placeOf } from './outlet.js'
import type { Call, ExitCode } from './verb.js'

/** `issue --csr`: certificates for keys that never come here, to standard output or folders. */
export async function issueSigned(call: Call, project: Project): Promise<ExitCode> {
  const { options, world, output } = call
  refuseOdd(call)
  const requests = (await Promise.all(options.csrs.map(sourcesIn))).flat()
  const { reuseNames } = options
  const outlet = outletOf(call)
  const reports = await issueRequests({ project, world, requests, outlet, reuseNames })
  const certified = reports.filter(({ status }) => status !== 'refused')
  for (const report of certified)
    world.report({ kind: `request-${report.status}`, message: sentence(report) })
  if (outlet !== undefined) output.lines([`certificates: ${placeOf(outlet)}`])
  else output.lines(certified.map(({ certificate = '' }) => certificate.trimEnd()))
  output.document({ requests: reports })
  const refused = reports.filter(({ status }) => status === 'refused')
  if (options.json || refused.length === 0) return refused.length === 0 ? 0 : 1
  // Not among the certificates, and not lost with --quiet.
  throw new BednetError('REQUEST_REFUSED', `${String(refused.length)} refused`, {
    mistakes: refused.map(mistakeOf),
  })
}

function mistakeOf({ at, name, because = '', hint = '' }: RequestReport): Mistake {
  return { at: name === undefined ? at : `${at}: ${name}`, message: because, hint }
}

function refuseOdd({ options: { from, csrs }, names }: Call): void {
  const beside = from === undefined ? names[0] : '--from'
  if (beside !== undefined)
    throw usage(`${beside} beside --csr: one of the two`, 'a request names its device itself')
  if (csrs.filter(file => file === '-').length > 1)
    throw usage(
      '--csr - twice',
      'standard input can be read once: several requests may stand in it',
    )
}

function usage(message: string, hint: string): BednetError {
  return new BednetError('USAGE', message, { hint })
}

async function sourcesIn(file: string): Promise<readonly RequestSource[]> {
  const at = file === '-' ? 'standard input' : file
  const content = await readAll(file)
  try {
    const requests = signingRequestsIn(content)
    const isOne = requests.length === 1
    return requests.map((der, index) => ({
      der,
      at: isOne ? at : `${at}, number ${String(index + 1)}`,
    }))
  } catch (error) {
    if (!(error instanceof BednetError)) throw error
    const { code, message, hint = '' } = error
    throw new BednetError(code, message, { at, hint })
  }
}

async function readAll(file: string): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(process.stdin) : await readFile(file)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const reason = code === 'ENOENT' ? 'there is no such file' : code
    throw new BednetError('LIST_UNREADABLE', `the signing request cannot be read: ${reason}`, {
      at: file,
      hint: 'name a file that you may read, or "-" for standard input',
      cause,
    })
  }
}

function sentence({ at, name = '', because, besides = [], notAfter = '' }: RequestReport): string {
  const left = besides.length === 0 ? '' : `; not taken from the request: ${besides.join(', ')}`
  const why = because === undefined ? 'kept: it is good' : `issued: ${because}`
  return `${at}: ${name}: ${why}; good until ${notAfter.slice(0, 10)}${left}`
}
